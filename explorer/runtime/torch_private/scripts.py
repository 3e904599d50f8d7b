"""What `torch.jit` makes: the callables that stand for a script."""

from __future__ import annotations

from typing import Any

from explorer.runtime.torch_private.names import find

_FUNCTION = find("torch._C.ScriptFunction")
_METHOD = find("torch._C.ScriptMethod")


def name_of_script(callee: Any) -> str | None:
    """Return the name of a scripted or traced function, or class and method as "Net.forward"; None for no script."""
    if _FUNCTION is not None and issubclass(type(callee), _FUNCTION):
        return str(callee.name)
    if _METHOD is not None and issubclass(type(callee), _METHOD):
        return f"{callee.owner._type().name()}.{callee.name}"
    return None
