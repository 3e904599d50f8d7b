"""Code objects, and those inside them."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType


def with_inner(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object, and those of every function and class that is defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from with_inner(constant)
