"""Experiments worth opening, as data: between them they reach what eager Python can reach of `Module.__call__`.

They go from the plainest call to the rarest; those that take long to run come last.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from explorer.presets.backward_hooks import FULL, LEGACY
from explorer.presets.entry_modes import COMPILED, TRACED
from explorer.presets.failures import ALWAYS_CALLED, RAISES
from explorer.presets.forward_hooks import FORWARD, FORWARD_PRE, WITHOUT
from explorer.presets.preset import Preset

PRESET_GROUPS: Mapping[str, tuple[Preset, ...]] = MappingProxyType(
    {
        "No hook": WITHOUT,
        "Forward hooks": FORWARD,
        "Forward pre-hooks": FORWARD_PRE,
        "Full backward hooks": FULL,
        "Legacy backward hooks": LEGACY,
        "Exceptions": RAISES,
        "Always-called hooks": ALWAYS_CALLED,
        "Traced by torch.jit": TRACED,
        "Compiled": COMPILED,
    }
)
PRESETS: tuple[Preset, ...] = tuple(preset for presets in PRESET_GROUPS.values() for preset in presets)

__all__ = ["PRESETS", "PRESET_GROUPS", "Preset"]
