"""The entry modes other than a plain call: what `torch.compile` and `torch.jit.trace` need around it."""

from explorer.runtime.entry_modes.compile import compiled
from explorer.runtime.entry_modes.jit_trace import traced_call
from explorer.runtime.entry_modes.uncompiled import exclude_from_compilation
from explorer.runtime.entry_modes.warnings_off import without_warnings

__all__ = ["compiled", "exclude_from_compilation", "traced_call", "without_warnings"]
