"""The expression that an instruction stands for, in the syntax tree of its file."""

from __future__ import annotations

import ast
import linecache
from array import array
from collections.abc import Mapping
from functools import cache, lru_cache
from types import CodeType

from explorer.torch_source.by_code import ByCode
from explorer.torch_source.statements import CallPosition, FileVersion, call_positions, file_version

_FIGURES, _UNKNOWN = 4, -1  # of an instruction's place in the source


def span_of(code: CodeType, instruction: int) -> CallPosition | None:
    """Return where in the text an instruction stands; None where the compiler does not say."""
    at = _FIGURES * (instruction // 2)
    span = _spans()(code)[at : at + _FIGURES]
    if not span or _UNKNOWN in span:
        return None
    first, last, column, end = span
    return first, column, last, end


@cache
def _spans() -> ByCode[array[int]]:
    """Return the places of the functions that run now, and of no more: one of 200,000 statements takes 16 MB."""
    return ByCode(_spans_of, most=4)


def _spans_of(code: CodeType) -> array[int]:
    """Return first line, last line, first and last column of each instruction, one after the other.

    Python gives them from the first instruction on: asking it anew for each would take a time that grows as the square
    of a function's length.
    """
    return array("i", [_UNKNOWN if each is None else each for span in code.co_positions() for each in span])


def expression_at(code: CodeType, instruction: int) -> ast.expr | ast.AugAssign | None:
    """Return the expression that an instruction computes, or the `x += y` that it carries out; None for any other."""
    span = span_of(code, instruction)
    file = code.co_filename
    return None if span is None else _expressions(file, file_version(file)).get(span)


def instructions_of(code: CodeType, expression: ast.expr) -> list[int]:
    """Return the instructions that compute an expression, and no part of it."""
    spans = set(call_positions(expression)) if isinstance(expression, ast.Call) else set()
    spans.add((expression.lineno, expression.col_offset, expression.end_lineno or 0, expression.end_col_offset or 0))
    return [
        2 * index
        for index, (first, last, column, end) in enumerate(code.co_positions())
        if (first, column, last, end) in spans
    ]


@lru_cache(maxsize=64)
def _expressions(file: str, known: FileVersion) -> Mapping[CallPosition, ast.expr | ast.AugAssign]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return {}
    found: dict[CallPosition, ast.expr | ast.AugAssign] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.AugAssign):
            found[node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0] = node
            if isinstance(node, ast.Call):
                found.update(dict.fromkeys(call_positions(node), node))
    return found
