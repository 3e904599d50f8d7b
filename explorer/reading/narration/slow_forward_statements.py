"""Sentences for the statements of `_slow_forward`, which `torch.jit.trace` has each module go through."""

from __future__ import annotations

from types import MappingProxyType

from explorer.reading.narration.narrated_step import Choice, NarratedStep, Sentences
from explorer.torch_source.roles import StatementRole as Role


def _scope_name(at: NarratedStep) -> str:
    name = at.change("name")
    if name is None:
        return ""
    if name.type == "NoneType":
        return "The script has no name for this module."
    return f"The name of this module in the script: {name.text}."


def _scope_guard(at: NarratedStep) -> str:
    noted = at.local_values.get("recording_scopes")
    if noted is not None and noted.constant is False:
        return "Whatever `forward` raises, the `finally` below runs; there is no name to take back."
    return "Whatever `forward` raises, the name is taken back afterwards."


SENTENCES: Sentences = MappingProxyType(
    {
        Role.TRACING_STATE_READ: "`torch.jit` keeps what it has seen so far in its tracing state.",
        Role.SCRIPT_CHECK: Choice(
            "Nothing is to be noted, so `forward` is called at once.",
            "`torch.jit` is tracing, and `forward` is Python.",
        ),
        Role.SCOPES_DECIDED: "Is the script to say which module each operation came from?",
        Role.SCOPES_CHECK: Choice(
            "Operations are noted under the name of their module.", "No name of this module was noted."
        ),
        Role.SCOPE_NAME_READ: _scope_name,
        Role.SCOPE_NAME_CHECK: Choice(
            "The module has a name there.", "The module has no name there, so none is noted."
        ),
        Role.SCOPE_OPENED: "What runs from here on is noted under that name.",
        Role.SCOPES_GIVEN_UP: "So no name is to be taken back afterwards.",
        Role.SCOPE_GUARD: _scope_guard,
        Role.SCOPE_CLOSED: "What runs after this is noted under the caller's name again.",
    }
)
