"""Keep torch's compiler away from the functions that record a run.

Inside compiled code torch hands every Python function that runs to its compiler, a trace function and the method of a
dispatch mode among them. A mark on a code object, which torch's evaluator reads, prevents that; torch marks its own
functions in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

from explorer.runtime.code_objects import with_inner
from explorer.runtime.torch_private.compiler_marks import never_compile


def exclude_from_compilation(*owners: ModuleType | type) -> None:
    """Mark the functions that these modules and classes define, and with them whatever they call."""
    for owner in owners:
        for code in _codes_in(owner):
            never_compile(code)


def _codes_in(owner: ModuleType | type) -> Iterator[CodeType]:
    """Yield the code of the functions that a module or class defines, and of those inside them."""
    name = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    for member in vars(owner).values():
        function = getattr(member, "__func__", member)  # of a class or static method
        if isinstance(function, FunctionType) and function.__module__ == name:
            yield from with_inner(function.__code__)
        elif isinstance(member, type) and member.__module__ == name:
            yield from _codes_in(member)
