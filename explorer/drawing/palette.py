"""Colours of the drawings, in a light and a dark page.

The hues are those of Okabe and Ito, which people with any colour vision can tell apart; they are lightened for a
fill and darkened for a line until text stands at least 4.5:1 and lines at least 3:1 against what is behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Theme = Literal["light", "dark"]
PaintRole = Literal["end", "operation", "in place", "module", "hook", "function", "leaf", "cluster", "raised"]


@dataclass(frozen=True, slots=True)
class Paint:
    """How one role is painted; colours as "#rrggbb"."""

    fill: str
    line: str


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme's colours."""

    background: str
    text: str
    edge: str
    roles: Mapping[PaintRole, Paint]


LIGHT = Palette(
    background="#ffffff",
    text="#1b2430",
    edge="#4a525c",
    roles=MappingProxyType(
        {
            "end": Paint("#fff4c2", "#7a6500"),
            "operation": Paint("#dcf0fc", "#0072b2"),
            "in place": Paint("#fde4d3", "#c04f00"),
            "module": Paint("#d5f2e8", "#00755a"),
            "hook": Paint("#f8e3ef", "#a04b7d"),
            "function": Paint("#eceff3", "#5b6470"),
            "leaf": Paint("#dcf0fc", "#0072b2"),
            "cluster": Paint("#ffffff", "#828b97"),
            "raised": Paint("#fbdcdc", "#a3121f"),
        }
    ),
)

DARK = Palette(
    background="#14181d",
    text="#e8ecf1",
    edge="#aab4c0",
    roles=MappingProxyType(
        {
            "end": Paint("#3d3708", "#f0e442"),
            "operation": Paint("#0b3550", "#56b4e9"),
            "in place": Paint("#4d2405", "#f2843c"),
            "module": Paint("#06392d", "#1fc296"),
            "hook": Paint("#45233a", "#dd95bd"),
            "function": Paint("#272d36", "#8d98a6"),
            "leaf": Paint("#0b3550", "#56b4e9"),
            "cluster": Paint("#14181d", "#78838f"),
            "raised": Paint("#52161b", "#ff8f8f"),
        }
    ),
)


def palette(theme: Theme) -> Palette:
    """Return the colours of a theme. Raises ValueError for a theme that is neither "light" nor "dark"."""
    if theme not in ("light", "dark"):
        raise ValueError(f"The theme is 'light' or 'dark', not {theme!r}.")
    return LIGHT if theme == "light" else DARK
