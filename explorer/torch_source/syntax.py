"""Small questions to a syntax tree of Python: which names stand in it, what is called, what is assigned."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

_REGISTRY = re.compile(r"_\w+_hooks")


def statements_in(body: Iterable[ast.stmt]) -> Iterator[ast.stmt | ast.ExceptHandler]:
    """Yield the statements of a body and all statements inside them."""
    for node in body:
        for inner in ast.walk(node):
            if isinstance(inner, ast.stmt | ast.ExceptHandler):
                yield inner


def names_in(node: ast.AST) -> set[str]:
    """Return all names of variables and attributes in a tree."""
    found = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return found | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def registries_in(node: ast.AST) -> set[str]:
    """Return the names in a tree that are those of registries of hooks, as "_forward_hooks"."""
    return {name for name in names_in(node) if _REGISTRY.fullmatch(name)}


def name_of(node: ast.AST | None) -> str:
    """Return "x" for `x` as for `self.x`, and "" for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def assigned_name(node: ast.Assign) -> str:
    """Return "x" for `x = …`, and "" for an assignment to several names, to an item or to an attribute."""
    target = node.targets[0]
    return target.id if len(node.targets) == 1 and isinstance(target, ast.Name) else ""


def called_name(node: ast.AST | None) -> str:
    """Return "f" for `f(…)` as for `x.f(…)`, and "" for what is no call."""
    return name_of(node.func) if isinstance(node, ast.Call) else ""


def called_method(node: ast.AST | None) -> str:
    """Return "f" for `x.f(…)`, and "" for anything else."""
    return called_name(node) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def is_empty_value(node: ast.expr) -> bool:
    """Return whether an expression is None, an empty list, `set()`, or a tuple of such."""
    if isinstance(node, ast.Tuple):
        return bool(node.elts) and all(is_empty_value(item) for item in node.elts)
    if isinstance(node, ast.List):
        return not node.elts
    if isinstance(node, ast.Call):
        return called_name(node) == "set" and not node.args
    return isinstance(node, ast.Constant) and node.value is None


def alternatives(test: ast.expr) -> list[ast.expr]:
    """Return [a, b] for `a or b`, and [a] for a test without `or`."""
    return list(test.values) if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) else [test]


def negated(test: ast.expr) -> ast.expr | None:
    """Return what stands behind a test's `not`; None where it does not begin with one."""
    return test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else None


def truth_of(test: ast.expr) -> set[str]:
    """Return {"x", "y"} for `x or self.y`, which asks whether one is true or not empty; empty for any other test."""
    names = [name_of(part) for part in alternatives(test)]
    return set(names) if all(names) else set()


def not_none(test: ast.expr) -> ast.expr | None:
    """Return x for `x is not None`, and None for any other test."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.IsNot):
        (other,) = test.comparators
        return test.left if isinstance(other, ast.Constant) and other.value is None else None
    return None


def tested_containers(test: ast.expr) -> set[str]:
    """Return {"a", "b"} for `x in self.a or x in b`; empty for any other test."""
    names = [
        name_of(part.comparators[0])
        if isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.ops[0], ast.In)
        else ""
        for part in alternatives(test)
    ]
    return set(names) if all(names) else set()


def tested_class(test: ast.AST | None) -> str:
    """Return "tuple" for `isinstance(x, tuple)`, "tuple" and "Tensor" joined by a comma for a pair of classes.

    "" for any other test.
    """
    if not isinstance(test, ast.Call) or called_name(test) != "isinstance" or len(test.args) != 2:
        return ""
    classes = test.args[1]
    return ",".join(sorted(name_of(item) for item in (classes.elts if isinstance(classes, ast.Tuple) else [classes])))


def tests_containers_ending_in(test: ast.expr, ending: str) -> bool:
    """Return whether a test asks if something is in one of several containers whose names all end so."""
    containers = tested_containers(test)
    return bool(containers) and all(name.endswith(ending) for name in containers)
