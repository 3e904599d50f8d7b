"""Whether a code object is what its file says now: files are edited, and loaded again or not, while a process runs.

Python keeps code, and not the text that it was made from. So a file is read again when code of it is met that was
not met before, and once it has changed, only code that the new text compiles to counts as made from it.
"""

from __future__ import annotations

import inspect
import linecache
from functools import cache, lru_cache
from types import CodeType
from typing import NamedTuple

from explorer.runtime.code_objects import with_inner
from explorer.torch_source.by_code import ByCode
from explorer.torch_source.files import TORCH_FOLDER
from explorer.torch_source.statements import FileVersion, file_version, parse_file

# Names of code that no `def` made: a lambda, and what goes on after compiled code.
UNNAMED = ("<", "torch_dynamo_resume_in_")


def is_up_to_date(code: CodeType) -> bool:
    """Return whether the text of its file, as `linecache` has it from here on, is what this code was made from."""
    if code.co_filename.startswith(TORCH_FOLDER):  # most of what runs; it is not edited while it is in use
        return True
    answers = _answers()
    answer = answers(code)
    if answer.version != file_version(code.co_filename):
        answers.forget(code)
        answer = answers(code)
    return answer.is_up_to_date


class _Answer(NamedTuple):
    """What was found of one code object."""

    version: FileVersion  # of its file at that time
    is_up_to_date: bool


@cache
def _answers() -> ByCode[_Answer]:
    """Return the process's answers: code and files are the process's too."""
    return ByCode(_look)


def _look(code: CodeType) -> _Answer:
    """Return whether this code was made from its file's text, which is read again where that is not known yet."""
    file = code.co_filename
    first = _first_version(file)
    linecache.checkcache(file)
    now = file_version(file)
    return _Answer(now, _fits(code) if now == first else code in _codes_of(file, now))


@lru_cache(maxsize=4096)
def _first_version(file: str) -> FileVersion:
    """Return the version at which code of a file was first met."""
    return file_version(file)


def _fits(code: CodeType) -> bool:
    """Return whether the lines of a function are those of one in its file.

    Lines are compared, and not code: what rewrites a file as it is imported, as pytest does, makes other code of it.
    """
    source = parse_file(code.co_filename)
    if not source.functions or not code.co_flags & inspect.CO_OPTIMIZED or code.co_name.startswith(UNNAMED):
        return True
    span = source.functions.get((code.co_name, code.co_firstlineno))
    return span is not None and all(span[0] <= line <= span[1] for _, _, line in code.co_lines() if line)


@lru_cache(maxsize=64)
def _codes_of(file: str, now: FileVersion) -> frozenset[CodeType]:
    """Return every code object that a file's text compiles to; none where it does not compile."""
    try:
        whole = compile("".join(linecache.getlines(file)), file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(with_inner(whole))
