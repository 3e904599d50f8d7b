"""Sentences for the statements of `_slow_forward`, which `torch.jit.trace` has each module go through."""

from __future__ import annotations

from types import MappingProxyType

from explorer.reading.narration.narrated_step import Alternatives, NarratedStep, Sentences
from explorer.torch_source.roles import StatementRole


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
        StatementRole.TRACING_STATE_READ: "`torch.jit` keeps what it has seen so far in its tracing state.",
        StatementRole.SCRIPT_CHECK: Alternatives(
            "Nothing is to be noted, so `forward` is called at once.",
            "`torch.jit` is tracing, and `forward` is Python.",
        ),
        StatementRole.SCOPES_DECIDED: "Is the script to say which module each operation came from?",
        StatementRole.SCOPES_CHECK: Alternatives(
            "Operations are noted under the name of their module.", "No name of this module was noted."
        ),
        StatementRole.SCOPE_NAME_READ: _scope_name,
        StatementRole.SCOPE_NAME_CHECK: Alternatives(
            "The module has a name there.", "The module has no name there, so none is noted."
        ),
        StatementRole.SCOPE_OPENED: "What runs from here on is noted under that name.",
        StatementRole.SCOPES_GIVEN_UP: "So no name is to be taken back afterwards.",
        StatementRole.SCOPE_GUARD: _scope_guard,
        StatementRole.SCOPE_CLOSED: "What runs after this is noted under the caller's name again.",
    }
)
