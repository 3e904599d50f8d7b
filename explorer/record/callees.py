"""What Python called, where that is known."""

from __future__ import annotations

from typing import Literal, NamedTuple

# "module": an `nn.Module` itself, by its class's `__call__`. "object": one of another class with a `__call__`.
# The last three are functions whose call makes a generator or a coroutine, and runs no line.
CalleeKind = Literal[
    "module",
    "function",
    "method",
    "builtin",
    "class",
    "partial",
    "object",
    "generator function",
    "coroutine function",
    "asynchronous generator function",
]


class Callee(NamedTuple):
    """What a statement called."""

    name: str  # qualified name of a function or a class; an object's class; for a partial, what is in it
    kind: CalleeKind  # what it is
    origin: str  # the Python module that defines it, as "torch.nn.utils.weight_norm"; "" where it does not say
    module: str | None = None  # dotted path of the `nn.Module` that it is, or that it is a method of
    module_class: str | None = None  # the class of that module

    @property
    def runs_later(self) -> bool:
        """Whether calling it only makes a generator or a coroutine."""
        return self.kind in ("generator function", "coroutine function", "asynchronous generator function")
