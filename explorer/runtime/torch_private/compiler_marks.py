"""Marks on code objects that torch's compiler leaves alone."""

from __future__ import annotations

from types import CodeType

from explorer.runtime.torch_private.names import find

# In C, and there without `torch._dynamo`, which is the compiler itself.
_action = find("torch._C._dynamo.eval_frame._FrameAction")
_strategy = find("torch._C._dynamo.eval_frame._FrameExecStrategy")
_set_strategy = find("torch._C._dynamo.eval_frame.set_code_exec_strategy")


def never_compile(code: CodeType) -> None:
    """Have torch's compiler leave a function alone, and with it whatever the function calls. Does not load it.

    Does nothing where this torch has no such marks.
    """
    if None not in (_action, _strategy, _set_strategy):
        skip = _action.SKIP  # type: ignore[union-attr]
        _set_strategy(code, _strategy(skip, skip))  # type: ignore[misc]
