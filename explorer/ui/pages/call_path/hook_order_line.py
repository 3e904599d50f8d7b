"""Draw the order in which the hooks ran beside that of their registration; each run of one leads to its step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import streamlit as st

from explorer.catalog.hooks import title_of
from explorer.reading.compiled_frames import may_have_run_unseen
from explorer.reading.hook_order import HookOrder, HookRun, hook_order
from explorer.record import Observation
from explorer.ui.shell.pages import CALL_PATH

SHOWN_RUNS = 6  # the first ones; of later ones only each hook's first
JUMPS = "_jumps"  # how often the reader has jumped, so that the same step can be asked for again


def draw_hook_order(observation: Observation) -> None:
    """Draw one line: the hooks in the order in which they ran, and those that never ran; nothing without hooks."""
    order = hook_order(observation)
    if not order.hooks:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="hook-order"):
        hidden = any(may_have_run_unseen(observation, order.hooks[number - 1]) for number in order.never_ran)
        st.markdown(_sentence(order, " as Python" if hidden else ""), width="content")
        for index, run in _shown(order):
            if run is None:
                st.markdown("…", width="content")
                continue
            st.button(
                f"**{run.number}** {_where(run)}",
                key=f"hook-run-{index}",
                help=f"{title_of(order.hooks[run.number - 1])}: to step {run.step}".capitalize(),
                on_click=_jump,
                args=(run.step,),
            )


def _sentence(order: HookOrder, how: str) -> str:
    """Return which hooks are registered and which never ran.

    how: what to add to "ran", where a hook may have run in another way than the trace sees.
    """
    registered = _numbers(range(1, len(order.hooks) + 1))
    never = f", never ran{how}: {_numbers(order.never_ran)}" if order.never_ran and order.runs else ""
    return f"Hooks registered: {registered}{never}; " + ("ran in this order:" if order.runs else f"none ran{how}.")


def jumps() -> int:
    """Return a number that grows with every jump."""
    return int(st.session_state.get(JUMPS, 0))


def note_jump() -> None:
    """Let the step of the address count in this run of the page, though it shows the same record as before."""
    st.session_state[JUMPS] = jumps() + 1


def _shown(order: HookOrder) -> Iterator[tuple[int, HookRun | None]]:
    """Yield the first runs, and the first of each hook, with their index; None for those left out in between."""
    seen: set[int] = set()
    last = -1
    for index, run in enumerate(order.runs):
        if index < SHOWN_RUNS or run.number not in seen:
            if index > last + 1:
                yield index, None
            yield index, run
            last = index
        seen.add(run.number)
    if last < len(order.runs) - 1:
        yield len(order.runs), None


def _numbers(numbers: Iterable[int]) -> str:
    return f"**{' '.join(map(str, numbers))}**"


def _where(run: HookRun) -> str:
    return f"`{run.module}`" if run.module else "outermost" if run.module == "" else ""


def _jump(step: int) -> None:
    st.query_params[CALL_PATH.position] = str(step)
    note_jump()
