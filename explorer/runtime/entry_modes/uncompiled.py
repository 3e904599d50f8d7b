"""What looks on is Python too: torch's compiler must neither compile it nor be asked to.

Inside compiled code torch offers every Python function that runs to its compiler, a trace function and the method of
a dispatch mode among them. A mark on a code object, which torch's evaluator reads, keeps it away; torch itself marks
its own functions so.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

import torch

from explorer.runtime.code_objects import with_inner


def keep_uncompiled(*owners: ModuleType | type) -> None:
    """Mark the functions that these define, and with them whatever they call. Does not load the compiler."""
    evaluator = torch._C._dynamo.eval_frame  # in C, and there without `torch._dynamo`
    skip = evaluator._FrameAction.SKIP
    for owner in owners:
        for code in _codes_in(owner):
            evaluator.set_code_exec_strategy(code, evaluator._FrameExecStrategy(skip, skip))


def _codes_in(owner: ModuleType | type) -> Iterator[CodeType]:
    name = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    for member in vars(owner).values():
        function = getattr(member, "__func__", member)  # of a class or static method
        if isinstance(function, FunctionType) and function.__module__ == name:
            yield from with_inner(function.__code__)
        elif isinstance(member, type) and member.__module__ == name:
            yield from _codes_in(member)
