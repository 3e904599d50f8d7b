"""Experiments worth opening, as data: between them they reach what eager Python can reach of `Module.__call__`."""

from explorer.presets.all import GROUPS, PRESETS
from explorer.presets.preset import Preset

__all__ = ["GROUPS", "PRESETS", "Preset"]
