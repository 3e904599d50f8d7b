"""How a call expression leads to what it calls, where there is more in it than names: `self.layers[0](x)`.

A path is what can be looked up without running code: names, attributes, items of a container, `super()` and
`getattr` with a name. A path of names alone is in `ParsedFile.callees`.
"""

from __future__ import annotations

import ast
from typing import Literal, NamedTuple


class PathPart(NamedTuple):
    """One step from an object to the next."""

    kind: Literal["name", "super", "attribute", "item"]  # a variable or `super()` comes first, and only there
    key: object  # the name; the key or index of an item; of what a variable says, that variable's name
    by_variable: bool = False  # whether the key is what a variable says


CalleePath = tuple[PathPart, ...]


def callee_path(node: ast.expr) -> CalleePath | None:
    """Return the path that an expression takes; None where it takes more than can be looked up."""
    if isinstance(node, ast.Name):
        return (PathPart("name", node.id),)
    if isinstance(node, ast.Attribute):
        return _after(node.value, PathPart("attribute", node.attr))
    if isinstance(node, ast.Subscript):
        return _after(node.value, _key("item", node.slice))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id == "super" and not node.args:
            return (PathPart("super", "super"),)
        if node.func.id == "getattr" and len(node.args) == 2:
            return _after(node.args[0], _key("attribute", node.args[1]))
    return None


def path_of_names(names: tuple[str, ...]) -> CalleePath | None:
    """Return the path of `F.conv2d`, given as its names; None for what begins with a value that has no name."""
    first, *attributes = names
    if not first:
        return None
    return (PathPart("name", first), *(PathPart("attribute", name) for name in attributes))


def _after(owner: ast.expr, part: PathPart | None) -> CalleePath | None:
    before = callee_path(owner)
    return None if before is None or part is None else (*before, part)


def _key(kind: Literal["attribute", "item"], node: ast.expr) -> PathPart | None:
    """Return the part that a constant or a variable says; None for any other expression."""
    if isinstance(node, ast.Name):
        return PathPart(kind, node.id, by_variable=True)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        number = node.operand.value
        return PathPart(kind, -number) if type(number) is int else None
    return PathPart(kind, node.value) if isinstance(node, ast.Constant) else None
