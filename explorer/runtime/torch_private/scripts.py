"""What `torch.jit` makes: the callables that stand for a script."""

from __future__ import annotations

from typing import Any

from explorer.runtime.torch_private.names import find

_FUNCTION = find("torch._C.ScriptFunction")
_METHOD = find("torch._C.ScriptMethod")
# The types of a method in a class that C++ declared: Python has no public name for it. `__call__` may be another's.
_METHODS_OF_CLASS = frozenset(
    id(type(each))
    for kind in (_FUNCTION, _METHOD)
    if kind is not None
    for each in vars(kind).values()
    if type(each).__name__ == "instancemethod"
)


def calls_its_first_argument(callee: Any) -> bool:
    """Return whether it is `__call__` of the class of scripts, taken from that class: the script is an argument of it.

    `torch.testing` puts a function in the place of each such `__call__`, which calls the first one so.
    """
    return id(type(callee)) in _METHODS_OF_CLASS and callee.__name__ == "__call__"


def name_of_script(callee: Any) -> str | None:
    """Return the name of a scripted or traced function, or class and method as "Net.forward"; None for no script."""
    if _FUNCTION is not None and issubclass(type(callee), _FUNCTION):
        return str(callee.name)
    if _METHOD is not None and issubclass(type(callee), _METHOD):
        return f"{callee.owner._type().name()}.{callee.name}"
    return None


def number_of_script_results(callee: Any) -> int | None:
    """Return how many tensors a script gives, as its schema says; None where that does not tell."""
    schema = callee.schema
    kinds = [each.type for each in schema.returns]
    if len(kinds) == 1 and kinds[0].kind() == "TupleType":
        kinds = kinds[0].elements()
    return len(kinds) if all(kind.kind() == "TensorType" for kind in kinds) else None


def flag_of_script(callee: Any) -> bool | None:
    """Return the `training` flag of the scripted module that a method is of; None where there is none."""
    owner = getattr(callee, "owner", None)
    if owner is None or not owner.hasattr("training"):
        return None
    flag = owner.getattr("training")
    return flag if type(flag) is bool else None


def key_of_script(callee: Any) -> str:
    """Return what two scripts have in common that run the same code."""
    if _FUNCTION is not None and issubclass(type(callee), _FUNCTION):
        return str(callee.qualified_name)
    return f"{callee.owner._type().qualified_name()}.{callee.name}"
