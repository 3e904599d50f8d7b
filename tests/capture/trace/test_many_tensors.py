"""Many tensors under names: which of them a statement wrote into is what comparing all of them finds."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.growing_models import from_text
from explorer import observe_call
from explorer.capture.trace.many_tensors import MANY_TENSORS

NAMES = [f"x{number}" for number in range(2 * MANY_TENSORS)]
statements = st.lists(
    st.one_of(
        st.builds("{}.add_(1)".format, st.sampled_from(NAMES)),
        st.builds("{} = {}".format, st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.builds("{} = {} * 2".format, st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.builds("{} = 3 if {} is None else torch.ones(2)".format, st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.builds("{}[0] = 7; {}.mul_(2)".format, st.sampled_from(NAMES), st.sampled_from(NAMES)),
    ),
    max_size=40,
)


@given(statements)
@settings(max_examples=40)
def test_what_is_told_is_what_the_tensors_hold(tmp_path_factory, body):
    lines = [f"{name} = torch.full((2,), {number}.0)" for number, name in enumerate(NAMES)] + body
    call = from_text(lambda _: lines, tmp_path_factory.mktemp("many"))(0)
    seen = observe_call(call, torch.ones(2))
    values = {name: torch.full((2,), float(number)) for number, name in enumerate(NAMES)}
    scope = {"torch": torch, **values}
    steps = [step for step in seen.trace.steps if step.kind == "statement"][len(NAMES) : -1]
    for line, step in zip(body, steps, strict=True):
        before = {name: (id(scope[name]), scope[name].tolist()) for name in NAMES}
        exec(line, scope)
        changed = {name for name in NAMES if (id(scope[name]), scope[name].tolist()) != before[name]}
        told = {change.name: change.value.tensor for change in step.changes}
        assert changed <= set(told)
        for name in told:
            assert list(told[name].preview) == scope[name].tolist()
