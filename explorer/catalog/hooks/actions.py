"""What a hook does, one row each.

A new action is a name in `HookAction`, a row in `ACTIONS`, and its function in each module that `KINDS` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

HookAction = Literal["observe", "double", "zero", "rebind", "raise"]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """What the catalogue knows of one action."""

    title: str  # "return twice"
    sentence: str  # "It returns twice the {subject}.", where {subject} is what its kind of hook may replace
    function: str  # the name of its functions; with `with_kwargs`, followed by "_with_kwargs"


ACTIONS: Mapping[HookAction, ActionRow] = MappingProxyType(
    {
        "observe": ActionRow("observe", "It looks, and returns None.", "observe"),
        "double": ActionRow("return twice", "It returns twice the {subject}.", "double"),
        "zero": ActionRow("return 0", "It returns 0: false in a condition, but not None.", "zero"),
        "rebind": ActionRow(
            "rebind its name", "It gives its own name for the {subject} another value, and returns None.", "rebind"
        ),
        "raise": ActionRow("raise", "It raises a RuntimeError.", "fail"),  # `raise` is no name of a function
    }
)
