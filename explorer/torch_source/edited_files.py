"""Whether a code object is what its file says now: files are edited, and loaded again or not, while a process runs.

Python keeps code, and not the text that it was made from. So a file is looked at again when code of it is met that was
not met before, and once it has changed, only code that the new text compiles to counts as its own.
"""

from __future__ import annotations

import inspect
import linecache
from functools import lru_cache
from types import CodeType
from weakref import ref

from explorer.runtime.code_objects import with_inner
from explorer.torch_source.files import TORCH_FOLDER
from explorer.torch_source.statements import FileVersion, file_version, parse_file

UNNAMED = ("<", "torch_dynamo_resume_in_")  # not by a `def`: a lambda, and what goes on after compiled code


# By the id of a code object that lives: what a compiler makes for one run must not stay because it was looked at, and
# code of two files may be equal. With each the version of its file, and whether it fits that.
_KNOWN: dict[int, tuple[ref[CodeType], FileVersion, bool]] = {}


def up_to_date(code: CodeType) -> bool:
    """Whether the text of its file, as `linecache` has it from here on, is what this code was made from."""
    file, key = code.co_filename, id(code)
    if file.startswith(TORCH_FOLDER):  # nobody edits it, and it is most of what runs
        return True
    known = _KNOWN.get(key)
    if known is not None and known[1] == file_version(file):
        return known[2]
    first = _first(file)
    linecache.checkcache(file)
    now = file_version(file)
    found = _fits(code) if now == first else code in _made_of(file, now)
    _KNOWN[key] = ref(code, lambda _: _KNOWN.pop(key, None)), now, found
    return found


@lru_cache(maxsize=4096)
def _first(file: str) -> FileVersion:
    """The version at which code of a file was first met."""
    return file_version(file)


def _fits(code: CodeType) -> bool:
    """Whether the lines of a function are those of one in its file; code may be made otherwise than by compiling it."""
    source = parse_file(code.co_filename)
    if not source.functions or not code.co_flags & inspect.CO_OPTIMIZED or code.co_name.startswith(UNNAMED):
        return True
    span = source.functions.get((code.co_name, code.co_firstlineno))
    return span is not None and all(span[0] <= line <= span[1] for _, _, line in code.co_lines() if line)


@lru_cache(maxsize=64)
def _made_of(file: str, now: FileVersion) -> frozenset[CodeType]:
    """Every code object of a file's text."""
    try:
        whole = compile("".join(linecache.getlines(file)), file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(with_inner(whole))
