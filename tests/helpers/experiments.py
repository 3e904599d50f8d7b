"""Any experiment that the controls can say."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from explorer import Experiment, Hook
from explorer.catalog import ENTRIES, Range, submodule_paths
from explorer.catalog.hooks import options
from explorer.catalog.hooks.hook import HookAction, HookKind
from explorer.experiment.hooks import MAX_HOOKS
from explorer.runtime.call_modes import EntryMode


@st.composite
def hooks_on(draw: st.DrawFn, model: str) -> Hook:
    """One hook that torch takes."""
    kind, is_global = draw(st.sampled_from(get_args(HookKind))), draw(st.booleans())
    return Hook(
        at="" if is_global else draw(st.sampled_from(submodule_paths(model))),
        action=draw(st.sampled_from(get_args(HookAction))),
        kind=kind,
        is_global=is_global,
        **{name: draw(st.booleans()) for name in sorted(options(kind, is_global))},
    )


def agree(hooks: list[Hook]) -> bool:
    """Whether torch registers them beside each other."""
    kinds = [(hook.is_global, hook.at, hook.kind) for hook in hooks]
    return not any((*place, "backward") in kinds and (*place, "full_backward") in kinds for *place, _ in kinds)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    model = draw(st.sampled_from(sorted(ENTRIES)))
    found = ENTRIES[model]
    hooks: tuple[Hook, ...] = ()
    module = found.kind == "module"
    if module:
        hooks = tuple(draw(st.lists(hooks_on(model), max_size=MAX_HOOKS).filter(agree)))

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
        digit=draw(st.sampled_from(found.digits)) if found.digits else None,
        keyword=module and draw(st.booleans()),
        entry_mode=draw(st.sampled_from(get_args(EntryMode))) if module else "eager",
        backward=module and draw(st.booleans()),
        p=draw(st.integers(int(100 * found.p.low), int(100 * found.p.high))) / 100 if found.p else None,
    )
