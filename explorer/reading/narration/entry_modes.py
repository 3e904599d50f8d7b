"""Sentences for steps that only some ways in have: compiled functions, `_slow_forward`, hooks of `backward()`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from explorer.catalog.hooks.hook import HookKind
from explorer.reading.narration.narrated_step import NarratedStep
from explorer.record import Change, Frame, Step, Summary
from explorer.record.values import ITEMS_IN_TEXT
from explorer.torch_source.statements import statement_text
from explorer.wording import listed

# What a None in `grad_input` means, by the kind of hook.
WITHOUT_GRADIENT: Mapping[str, str] = MappingProxyType(
    {
        "full_backward": " None stands in the place of an input that needs no gradient.",
        "backward": " None stands where that function has no gradient to give.",
    }
)


def is_compiled(step: Step, frame: Frame) -> bool:
    """Whether a step is code that `torch.compile` put in a function's place: it stands at the function's own `def`.

    No statement of a function does that: the frame of a function begins after it.
    """
    return (
        step.kind == "statement"
        and step.line == frame.first_line != frame.last_line
        and statement_text(frame.file, (step.line, step.line)).startswith(("def ", "@"))
    )


def compiled_sentence(frame: Frame, ran: str) -> str:
    """ran: which operations ran meanwhile, as a sentence; "" where none did."""
    said = f"What `torch.compile` made of `{frame.function}` runs in its place, so none of its lines does."
    return f"{said} {ran}".rstrip()


def backward_hook_sentence(frame: Frame, given: Sequence[Change], kind: HookKind | None) -> str:
    """A backward hook begins. What it is given is told, and what a missing gradient means.

    kind: None where it is not known.
    """
    who = f"`{frame.module}`" if frame.module else "the outermost module"
    values = {change.name: change.value for change in given if change.name != "module"}
    told = listed(f"`{name}` = {value.text}" for name, value in values.items())
    missing = WITHOUT_GRADIENT.get(kind or "", "") if _shows_none(values.get("grad_input")) else ""
    if kind is None:
        return f"Going back, autograd calls the hook `{frame.function}`, which gets {told}."
    # A legacy hook knows no module: it hangs on the function that made the output, be it another module's.
    where = f"run the function on which a hook of {who} hangs" if kind == "backward" else f"reached {who}"
    return f"Going back, autograd has {where}: the hook `{frame.function}` gets {told}.{missing}"


def _shows_none(value: Summary | None) -> bool:
    """Return whether a None can be read in a tuple's text, which writes out three items at most."""
    items = value.items if value is not None and len(value.items) <= ITEMS_IN_TEXT else ()
    return any(item.type == "NoneType" for _, item in items)


def backward_of_function_sentence(frame: Frame, given: Sequence[Change]) -> str:
    """It begins. What it is given is told."""
    told = listed(f"`{change.name}` = {change.value.text}" for change in given)
    return f"Going back, autograd calls `{frame.function}`, which gets {told}."


def slow_forward_sentence(at: NarratedStep) -> str:
    """A statement of `_slow_forward` before or after it calls `forward`; "" for any other."""
    text = at.text
    if "_get_tracing_state" in text:
        return "`torch.jit` keeps what it has seen so far in its tracing state."
    if "ScriptMethod" in text:
        return at.choose(
            "Nothing is to be noted, so `forward` is called at once.",
            "`torch.jit` is tracing, and `forward` is Python.",
        )
    if text == "recording_scopes = False":
        return "So no name is to be taken back afterwards."
    if text.startswith("recording_scopes ="):
        return "Is the script to say which module each operation came from?"
    if text.startswith("if recording_scopes"):
        return at.choose("Operations are noted under the name of their module.", "No name of this module was noted.")
    if "_trace_module_map.get" in text:
        name = at.change("name")
        if name is None:
            return ""
        if name.type == "NoneType":
            return "The script has no name for this module."
        return f"The name of this module in the script: {name.text}."
    if text.startswith("if name"):
        return at.choose("The module has a name there.", "The module has no name there, so none is noted.")
    if "push_scope" in text:
        return "What runs from here on is noted under that name."
    if "pop_scope" in text:
        return "What runs after this is noted under the caller's name again."
    if text.startswith("try"):
        noted = at.names.get("recording_scopes")
        if noted is not None and noted.constant is False:
            return "Whatever `forward` raises, the `finally` below runs; there is no name to take back."
        return "Whatever `forward` raises, the name is taken back afterwards."
    return ""
