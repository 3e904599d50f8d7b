"""The player's JavaScript, CSS and HTML as strings: its modules joined into one, since Streamlit takes one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def html() -> str:
    """The player's elements, before it is given a record."""
    return (HERE / "player.html").read_text(encoding="utf-8")


@cache
def css() -> str:
    return (HERE / "player.css").read_text(encoding="utf-8")


@cache
def javascript(entry: str) -> str:
    """One module that holds `entry` and all it imports, each after what it imports.

    The modules share one scope then, so each of them is put in a block of its own and hands out what it exports.
    """
    order: list[str] = []
    _visit(entry, order)
    return "\n".join(_block(name, last=name == entry) for name in order)


def _visit(name: str, order: list[str]) -> None:
    for imported in _IMPORT.findall(_read(name)):
        if imported not in order:
            _visit(imported, order)
    if name not in order:
        order.append(name)


def _block(name: str, *, last: bool) -> str:
    """A module as a function that is called once; the entry stays at the top, where its default export may be."""
    source = _IMPORT.sub("", _read(name))
    if last:
        return source
    exported = re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", source, re.MULTILINE)
    names = ", ".join(exported)
    return f"const {{ {names} }} = (() => {{\n{_EXPORT.sub('', source)}return {{ {names} }};\n}})();"


def _read(name: str) -> str:
    return (HERE / "js" / name).read_text(encoding="utf-8")
