"""The payloads' Python types and the browser's JSDoc types say the same: every field, its type, whether it may lack."""

from __future__ import annotations

import re
import types
import typing
from importlib import import_module
from pathlib import Path

import pytest

from explorer.ui.web.files import WEB

PAIRS = {  # module of TypedDicts → files of typedefs that hold the same
    "explorer.ui.player.payload_types": "shared/payload.js",
    "explorer.ui.pages.compare.payload_types": "pair/payload.js",
    "explorer.ui.pages.graph.payload_types": "graph/payload.js",
    "explorer.ui.pages.call_map.payload_types": "map/payload.js",
    "explorer.ui.pages.questions.payload_types": "questions/payload.js",
}
Fields = dict[str, tuple[str, bool]]  # name → type as text, whether it is always there

TYPEDEF = re.compile(r"@typedef \{(?P<type>.+)\} (?P<name>\w+) *$", re.MULTILINE)
PROPERTY = re.compile(r"@property \{(?P<type>.+?)\} (?P<open>\[)?(?P<name>\w+)\]?(?:  .*)?$", re.MULTILINE)
MEMBER = r'(?:"[^"]*"|\w+)(?:\[\])*'
UNION = re.compile(rf"{MEMBER}(?: \| {MEMBER})+")
NAMES = {str: "string", int: "number", float: "number", bool: "boolean", types.NoneType: "null"}


def python_type(hint: object) -> str:
    """Return a type hint as JSDoc writes it, the members of a union in order."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in NAMES:
        return NAMES[typing.cast(type, hint)]
    if typing.is_typeddict(hint):
        return typing.cast(type, hint).__name__
    if origin is typing.Literal:
        return union(f'"{each}"' if isinstance(each, str) else str(each) for each in arguments)
    if origin in (typing.Union, types.UnionType):
        return union(python_type(each) for each in arguments)
    if origin is list or (origin is tuple and arguments[-1] is Ellipsis):
        return array(python_type(arguments[0]))
    if origin is tuple:
        return f"[{', '.join(map(python_type, arguments))}]"
    assert origin is dict, f"say how JSDoc writes {hint}"
    return f"Record<{', '.join(map(python_type, arguments))}>"


def union(members: typing.Iterable[str]) -> str:
    return " | ".join(sorted(members))


def array(item: str) -> str:
    is_union = " | " in item and not item.startswith(("[", "Record<"))
    return f"({item})[]" if is_union else f"{item}[]"


def python_fields(typed_dict: type) -> Fields:
    fields: Fields = {}
    for name, hint in typing.get_type_hints(typed_dict, include_extras=True).items():
        optional = typing.get_origin(hint) is typing.NotRequired
        fields[name] = (python_type(typing.get_args(hint)[0] if optional else hint), not optional)
    return fields


def typed_dicts(module: str) -> dict[str, Fields]:
    """Return the TypedDicts that a module defines."""
    found = filter(typing.is_typeddict, vars(import_module(module)).values())
    return {each.__name__: python_fields(each) for each in found if each.__module__ == module}


def typedefs(text: str) -> tuple[dict[str, Fields], dict[str, str]]:
    """Return the object types that a file defines, and the other names it gives to types."""
    objects: dict[str, Fields] = {}
    aliases: dict[str, str] = {}
    for comment in re.findall(r"/\*\*(.*?)\*/", text, re.DOTALL):
        defined = TYPEDEF.search(comment)
        if defined and defined["type"] == "object":
            properties = PROPERTY.finditer(comment)
            objects[defined["name"]] = {each["name"]: (each["type"], each["open"] is None) for each in properties}
            assert len(objects[defined["name"]]) == comment.count("@property"), f"cannot read {defined['name']}"
        elif defined:
            aliases[defined["name"]] = defined["type"]
    return objects, aliases


def ordered(text: str, aliases: dict[str, str]) -> str:
    """Return a JSDoc type with its aliases replaced, and the members of each union in order."""
    for name, meaning in aliases.items():
        text = re.sub(rf"\b{name}\b", lambda _, meaning=meaning: ordered(meaning, aliases), text)
    return UNION.sub(lambda found: union(found[0].split(" | ")), text)


def browser_types(file: str) -> dict[str, Fields]:
    """Return the object types of a file of typedefs, spelled as `python_type` spells them."""
    _, aliases = typedefs((WEB / "shared/payload.js").read_text(encoding="utf-8"))
    objects, more = typedefs((WEB / file).read_text(encoding="utf-8"))
    aliases |= more
    return {
        name: {field: (ordered(text, aliases), always) for field, (text, always) in fields.items()}
        for name, fields in objects.items()
    }


@pytest.mark.parametrize(("module", "file"), PAIRS.items(), ids=PAIRS.values())
def test_python_and_the_browser_mean_the_same_payload(module: str, file: str) -> None:
    assert browser_types(file) == typed_dicts(module)


def test_every_file_of_payload_types_is_compared() -> None:
    root = Path(__file__).resolve().parents[2]
    files = (file.relative_to(root).with_suffix("") for file in root.glob("explorer/ui/**/payload_types.py"))
    assert {".".join(file.parts) for file in files} == PAIRS.keys()
    assert {str(file.relative_to(WEB)) for file in WEB.rglob("payload.js")} == set(PAIRS.values())


class Toy(typing.TypedDict):
    always: list[str | None]
    sometimes: typing.NotRequired[tuple[int, typing.Literal["b a", "a"]]]


TOY = """
/**
 * A toy.
 * @typedef {object} Toy
 * @property {(string | null)[]} always  with a comment
 * @property {[number, Kind]} [sometimes]
 */

/** @typedef {"b a" | "a"} Kind */
"""
CHANGES = {
    "a field less": (" * @property {(string | null)[]} always  with a comment\n", ""),
    "a field more": (" */\n\n", " * @property {string} more\n */\n\n"),
    "another type": ("string | null", "number | null"),
    "never null": ("(string | null)[]", "string[]"),
    "always there": ("[sometimes]", "sometimes"),
    "another literal": ('"a"} Kind', '"c"} Kind'),
    "another name": ("} always", "} ever"),
}


def toy(text: str) -> Fields:
    objects, aliases = typedefs(
        text.replace('/** @typedef {"b a"', '/**\n * @typedef {"b a"').replace("Kind */", "Kind\n */")
    )
    return {field: (ordered(each, aliases), always) for field, (each, always) in objects["Toy"].items()}


def test_the_comparison_reads_both_sides() -> None:
    assert toy(TOY) == python_fields(Toy)


@pytest.mark.parametrize("change", CHANGES)
def test_the_comparison_sees(change: str) -> None:
    before, after = CHANGES[change]
    assert TOY.count(before) == 1
    assert toy(TOY.replace(before, after)) != python_fields(Toy)
