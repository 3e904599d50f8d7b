"""torch's kinds of hooks, one row each, and the functions that a hook of that kind may be.

A new kind is a name in `HookKind`, a row in `KINDS`, and a module of functions where no other kind's take the same
arguments. Texts, links, checks, the form in the sidebar and most tests follow from the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Literal

from explorer.catalog.hooks import backward, backward_pre, forward, forward_pre

# By the names of their `register_…_hook`; "backward" is the legacy one.
HookKind = Literal["forward", "forward_pre", "full_backward", "full_backward_pre", "backward"]


@dataclass(frozen=True, slots=True)
class KindRow:
    """What the catalogue knows of one kind of hook."""

    title: str  # "forward pre-hook"
    subject: str  # what a hook of this kind is given, and may replace by what it returns: "arguments"
    functions: ModuleType  # one function for each row of `ACTIONS`; two where torch has `with_kwargs` for the kind
    runs_in_backward: bool = False  # autograd runs it during `backward()`, not the call itself


KINDS: Mapping[HookKind, KindRow] = MappingProxyType(
    {
        "forward": KindRow("forward hook", "output", forward),
        "forward_pre": KindRow("forward pre-hook", "arguments", forward_pre),
        "full_backward": KindRow("full backward hook", "gradients of the input", backward, True),
        "full_backward_pre": KindRow("full backward pre-hook", "gradients of the output", backward_pre, True),
        "backward": KindRow("legacy backward hook", "gradients of the `grad_fn`'s inputs", backward, True),
    }
)
BACKWARD_KINDS: tuple[HookKind, ...] = tuple(kind for kind, row in KINDS.items() if row.runs_in_backward)
