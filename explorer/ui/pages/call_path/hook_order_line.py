"""The order in which the hooks ran beside the order in which they were registered, each turn a way to its step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import streamlit as st

from explorer.catalog.hooks import title_of
from explorer.reading.compiled_frames import unseen
from explorer.reading.hook_order import HookOrder, Turn, hook_order
from explorer.record import Observation
from explorer.ui.shell.pages import CALL_PATH

SHOWN = 6  # turns in a row; later ones only where a hook has its first
JUMPS = "_jumps"  # how often the reader has jumped, so that the same step can be asked for again


def show_hook_order(seen: Observation) -> None:
    """One line: the turns as they came, and who never had one. Nothing where no hook is registered."""
    order = hook_order(seen)
    if not order.hooks:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="hook-order"):
        hidden = any(unseen(seen, order.hooks[number - 1]) for number in order.idle)
        st.markdown(_said(order, " as Python" if hidden else ""), width="content")
        for place, turn in _shown(order):
            if turn is None:
                st.markdown("…", width="content")
                continue
            st.button(
                f"**{turn.number}** {_where(turn)}",
                key=f"turn-{place}",
                help=f"{title_of(order.hooks[turn.number - 1])}: to step {turn.step}".capitalize(),
                on_click=_jump,
                args=(turn.step,),
            )


def _said(order: HookOrder, how: str) -> str:
    """how: what to add to "ran", where a hook may have run in another way than the trace sees."""
    registered = _numbers(range(1, len(order.hooks) + 1))
    never = f", never ran{how}: {_numbers(order.idle)}" if order.idle and order.turns else ""
    return f"Hooks registered: {registered}{never}; " + ("ran in this order:" if order.turns else f"none ran{how}.")


def jumps() -> int:
    """A number that grows with every jump."""
    return int(st.session_state.get(JUMPS, 0))


def note_jump() -> None:
    """The step of the address counts in this run of the page, though the page shows the same run as before."""
    st.session_state[JUMPS] = jumps() + 1


def _shown(order: HookOrder) -> Iterator[tuple[int, Turn | None]]:
    """The first turns, and the first of each hook; None stands for those left out in between."""
    seen: set[int] = set()
    last = -1
    for place, turn in enumerate(order.turns):
        if place < SHOWN or turn.number not in seen:
            if place > last + 1:
                yield place, None
            yield place, turn
            last = place
        seen.add(turn.number)
    if last < len(order.turns) - 1:
        yield len(order.turns), None


def _numbers(numbers: Iterable[int]) -> str:
    return f"**{' '.join(map(str, numbers))}**"


def _where(turn: Turn) -> str:
    return f"`{turn.module}`" if turn.module else "outermost" if turn.module == "" else ""


def _jump(step: int) -> None:
    st.query_params[CALL_PATH.position] = str(step)
    note_jump()
