"""Experiments worth opening, as data: between them they reach what eager Python can reach of `Module.__call__`."""

from explorer.presets.all import PRESET_GROUPS, PRESETS
from explorer.presets.preset import Preset

__all__ = ["PRESETS", "PRESET_GROUPS", "Preset"]
