"""Sentences for the frames that autograd begins: backward hooks, and the `backward` of an `autograd.Function`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from explorer.catalog.hooks.hook import HookKind
from explorer.record import Change, Frame, Summary
from explorer.record.values import ITEMS_IN_TEXT
from explorer.wording import listed

# What a None in `grad_input` means, by the kind of hook.
WITHOUT_GRADIENT: Mapping[str, str] = MappingProxyType(
    {
        "full_backward": " None stands in the place of an input that needs no gradient.",
        "backward": " None stands where that function has no gradient to give.",
    }
)


def backward_hook_sentence(frame: Frame, given: Sequence[Change], kind: HookKind | None) -> str:
    """Return the sentence for the beginning of a backward hook: what it gets, and what a missing gradient means.

    given: the hook's arguments. kind: None where it is not known.
    """
    who = f"`{frame.module}`" if frame.module else "the outermost module"
    values = {change.name: change.value for change in given if change.name != "module"}
    arguments = listed(f"`{name}` = {value.text}" for name, value in values.items())
    missing = WITHOUT_GRADIENT.get(kind or "", "") if _shows_none(values.get("grad_input")) else ""
    if kind is None:
        return f"Going back, autograd calls the hook `{frame.function}`, which gets {arguments}."
    # A legacy hook knows no module: it hangs on the function that made the output, be it another module's.
    where = f"run the function on which a hook of {who} hangs" if kind == "backward" else f"reached {who}"
    return f"Going back, autograd has {where}: the hook `{frame.function}` gets {arguments}.{missing}"


def _shows_none(value: Summary | None) -> bool:
    """Return whether a None can be read in a tuple's text, which writes out three items at most."""
    items = value.items if value is not None and len(value.items) <= ITEMS_IN_TEXT else ()
    return any(item.type == "NoneType" for _, item in items)


def backward_of_function_sentence(frame: Frame, given: Sequence[Change]) -> str:
    """Return the sentence for the beginning of the `backward` of an `autograd.Function`. given: its arguments."""
    arguments = listed(f"`{change.name}` = {change.value.text}" for change in given)
    return f"Going back, autograd calls `{frame.function}`, which gets {arguments}."
