"""What a statement evaluates itself, before the bodies in it: the lines, and the parts of its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Sequence

Span = tuple[int, int]  # first and last line of a statement, or of a compound statement's header


def evaluated(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a statement that run as the statement itself, without the bodies inside it."""
    inner = {"body", "orelse", "finalbody", "handlers", "cases"}
    return [
        part
        for name, value in ast.iter_fields(node)
        if name not in inner
        for part in (value if isinstance(value, list) else [value])
        if isinstance(part, ast.AST)
    ]


def header(node: ast.AST) -> Span:
    """Return the first and last line of a simple statement, or of what a compound one evaluates before its body."""
    first = int(getattr(node, "lineno", 0))
    last = int(getattr(node, "end_lineno", first) or first)
    if isinstance(node, ast.match_case):
        first, last = node.pattern.lineno, (node.guard or node.pattern).end_lineno or node.pattern.lineno
    elif isinstance(node, ast.If | ast.While):
        last = node.test.end_lineno or first
    elif isinstance(node, ast.For | ast.AsyncFor):
        last = node.iter.end_lineno or first
    elif isinstance(node, ast.With | ast.AsyncWith):
        last = max((item.optional_vars or item.context_expr).end_lineno or first for item in node.items)
    elif isinstance(node, ast.Match):
        last = node.subject.end_lineno or first
    elif isinstance(node, ast.ExceptHandler):
        last = (node.type.end_lineno or first) if node.type else first
    elif isinstance(node, ast.Try):
        last = first
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        first = min([first, *(decorator.lineno for decorator in node.decorator_list)])
        last = max(first, node.body[0].lineno - 1)
    return first, last


def decorated_on_one_line(node: ast.AST, lines: Sequence[str]) -> Span | None:
    """Return the lines of a decorated function or class whose body stands behind its colon; None for any other.

    Python comes to its decorators, to its `def`, and to its decorators again: that is one statement.
    lines: of the file.
    """
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or not node.decorator_list:
        return None
    body = node.body[0]
    before_body = lines[body.lineno - 1].encode()[: body.col_offset]
    return (header(node)[0], node.end_lineno or body.lineno) if before_body.strip() else None
