"""Scripts of a component and those it shares with the player, joined: Streamlit takes one module a component."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SHARED = Path(__file__).parent / "player" / "js"

_IMPORT = re.compile(r'^import \{[^}]*\} from "([^"]*/)?([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def joined(script: Path) -> str:
    """A module with what it imports in front of it; all names share one scope. The player's own import nothing."""
    source = script.read_text(encoding="utf-8")
    shared = [(SHARED / name).read_text(encoding="utf-8") for _, name in _IMPORT.findall(source)]
    return "\n".join([*(_EXPORT.sub("", text) for text in shared), _IMPORT.sub("", source)])
