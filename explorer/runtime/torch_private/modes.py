"""Function modes and dispatch modes: whether one is active, and how to run without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

# Loads the module: `find` imports nothing.
from explorer.runtime.torch_private.names import find

Guard = Callable[[], AbstractContextManager[Any]]

_count_function_modes: Callable[[], int] | None = find("torch._C._len_torch_function_stack")
_count_dispatch_modes: Callable[[], int] | None = find("torch._C._len_torch_dispatch_stack")
_pop_function_mode: Guard | None = find("torch.overrides._pop_mode_temporarily")
_disable_modes: Guard | None = find("torch.utils._python_dispatch._disable_current_modes")
_without_dispatch: Guard = find("torch._C._DisableTorchDispatch") or nullcontext


def _unknown() -> int:
    """Stand in for a count that this torch does not tell: there may be a mode."""
    return 1


# Run without function modes, and without `__torch_function__` of tensor classes.
without_function_modes: Guard = find("torch._C.DisableTorchFunction") or nullcontext
# Return how many function modes are active. Called for every value that is recorded, so it is torch's own function.
function_modes: Callable[[], int] = _count_function_modes or _unknown
dispatch_modes: Callable[[], int] = _count_dispatch_modes or _unknown


def modes_at_work() -> bool:
    """Return whether a function mode or a dispatch mode would see what is read from a tensor."""
    return function_modes() > 0 or dispatch_modes() > 0


class without_torch_modes:
    """Run without function modes, dispatch modes, and the methods of tensor classes that take their place.

    A class, for it takes a third of the time of a generator; the two guards alone take 1 µs, this 2 µs.
    """

    __slots__ = ("_dispatch", "_function")

    def __enter__(self) -> None:
        self._function, self._dispatch = without_function_modes(), _without_dispatch()
        self._function.__enter__()
        self._dispatch.__enter__()

    def __exit__(self, *raised: Any) -> None:
        self._dispatch.__exit__(*raised)
        self._function.__exit__(*raised)


@contextmanager
def outside_modes() -> Iterator[None]:
    """Run outside of the function modes and dispatch modes that this thread is in, as far as torch can leave them.

    Unlike `without_torch_modes`, a mode that is entered inside works, and so do the methods of tensor classes.
    """
    with ExitStack() as modes:
        while _pop_function_mode is not None and _count_function_modes is not None and _count_function_modes():
            modes.enter_context(_pop_function_mode())
        if _disable_modes is not None and _count_dispatch_modes is not None and _count_dispatch_modes():
            modes.enter_context(_disable_modes())
        yield
