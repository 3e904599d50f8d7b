"""The lines of a function, with the tokens that are coloured, by Python's own tokenizer."""

from __future__ import annotations

import io
import keyword
import linecache
import textwrap
import tokenize
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from explorer.torch_source.statements import FileVersion, file_version

ColouredSpan = tuple[int, int, str]  # first column, end column (exclusive), kind
Line = tuple[int, str, tuple[ColouredSpan, ...]]  # indent in characters, text without it, spans of that text

# Python 3.12 splits an f-string into these tokens; older versions do not have them.
_FSTRING_TOKENS = ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
_KINDS: Mapping[int, str] = MappingProxyType(
    {tokenize.STRING: "string", tokenize.COMMENT: "comment", tokenize.NUMBER: "number"}
    | {getattr(tokenize, name): "string" for name in _FSTRING_TOKENS if hasattr(tokenize, name)}
)


def function_lines(file: str, first: int, last: int) -> tuple[Line, ...]:
    """Return lines `first` to `last` of a file, the indentation they share removed.

    Empty where the source cannot be read (a function typed at the prompt, a compiled file).
    """
    return _function_lines(file, first, last, file_version(file))


@lru_cache(maxsize=512)
def _function_lines(file: str, first: int, last: int, file_version: FileVersion) -> tuple[Line, ...]:
    source = linecache.getlines(file)[first - 1 : last]
    text = textwrap.dedent("".join(source))
    lines = text.splitlines()
    spans = _coloured_spans(text, len(lines))
    result: list[Line] = []
    for line, found in zip(lines, spans, strict=True):
        stripped = line.lstrip(" ")
        indent = len(line) - len(stripped)
        shifted = tuple((max(a - indent, 0), b - indent, kind) for a, b, kind in found if b > indent)
        result.append((indent, stripped.rstrip(), shifted))
    return tuple(result)


def _coloured_spans(text: str, count: int) -> list[list[ColouredSpan]]:
    """Return the coloured tokens of each line; of a text that is not valid Python, those before the error."""
    spans: list[list[ColouredSpan]] = [[] for _ in range(count)]
    lines = text.splitlines()
    after_def = False
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            kind = _KINDS.get(token.type)
            if token.type == tokenize.NAME:
                if keyword.iskeyword(token.string):
                    kind = "keyword"
                elif after_def:
                    kind = "definition"
                elif token.string == "self":
                    kind = "self"
                after_def = token.string in ("def", "class")
            if kind is None:
                continue
            (row, column), (end_row, end_column) = token.start, token.end
            for at in range(row, min(end_row, count) + 1):
                start = column if at == row else 0
                end = end_column if at == end_row else len(lines[at - 1])
                if end > start:
                    spans[at - 1].append((start, end, kind))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass
    return spans
