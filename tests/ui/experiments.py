"""Any experiment that the controls can say."""

from __future__ import annotations

from hypothesis import strategies as st

from explorer import Experiment, Hook
from explorer.catalog import ENTRIES, Range, submodule_paths


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    model = draw(st.sampled_from(sorted(ENTRIES)))
    found = ENTRIES[model]
    hooks: tuple[Hook, ...] = ()
    if found.kind == "module" and draw(st.booleans()):
        hooks = (Hook(draw(st.sampled_from(submodule_paths(model))), draw(st.sampled_from(("observe", "double")))),)

    def whole(allowed: Range | None) -> int | None:
        return draw(st.integers(int(allowed.low), int(allowed.high))) if allowed else None

    return Experiment(
        model=model,
        call=draw(st.sampled_from(("call", "forward"))),
        training=draw(st.booleans()),
        grad=draw(st.sampled_from(("enabled", "no_grad", "inference_mode"))),
        hooks=hooks,
        seed=draw(st.integers(0, 2**31 - 1)),
        batch=whole(found.batch),
        size=whole(found.size),
        p=draw(st.integers(int(100 * found.p.low), int(100 * found.p.high))) / 100 if found.p else None,
    )
