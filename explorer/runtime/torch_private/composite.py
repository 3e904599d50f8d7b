"""Run an operation inside a dispatch mode as torch runs it where no mode is active.

By the time that an operation reaches a dispatch mode, torch has set a number of its dispatch keys aside. What the
operation is composed of then takes another way: under `inference_mode`, where an operation such as `linear` arrives
whole, its products are added up in another order, and autocast forgets its parts; and a complex number is not
conjugated where it should be. Here the keys are as they were when Python called the operation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.runtime.torch_private.modes import function_modes, without_function_modes
from explorer.runtime.torch_private.names import find

_has_kernel: Callable[[str, str], bool] | None = find("torch._C._dispatch_has_kernel_for_dispatch_key")
_as_at_the_call: Callable[[], Any] | None = find("torch._C._RestorePythonTLSSnapshot")
_force: Callable[[Any, Any], Any] | None = find("torch._C._ForceDispatchKeyGuard")
_included: Callable[[], Any] | None = find("torch._C._dispatch_tls_local_include_set")
_excluded: Callable[[], Any] | None = find("torch._C._dispatch_tls_local_exclude_set")
_key: Any = find("torch._C.DispatchKey")
_key_set: Any = find("torch._C.DispatchKeySet")
_CAN_RESTORE = None not in (_has_kernel, _as_at_the_call, _force, _included, _excluded, _key, _key_set)

_COMPOSED_ABOVE = "CompositeImplicitAutograd"
_COMPOSED_BELOW = ("CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional")  # below autograd
# Dispatch keys that an operation's parts need: numbers that are not conjugated or negated yet. Where it is composed
# above autograd, also the one by which autograd knows a view, and autocast for each kind of device.
_UNRESOLVED = ("Conjugate", "Negative", "ZeroTensor")
_VIEWS = "ADInplaceOrView"


def as_without_modes(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes the operation run as without our mode. Call that function in `__torch_dispatch__`.

    name: as torch registered it, "aten::linear". call: the operation itself; it is what is returned where it is not
    composed of others, or where this torch does not tell.
    """
    if not _CAN_RESTORE or _has_kernel is None:
        return call
    try:
        _has_kernel(name, _COMPOSED_ABOVE)
    except RuntimeError:  # the dispatcher does not know it, as `prim::device`, which a `FakeTensor` asks for
        return call
    if _has_kernel(name, _COMPOSED_ABOVE) and not any(
        # Autograd makes it a view itself, as of `chunk`; or a device has a way of its own.
        _has_kernel(name, key)
        for key in (_VIEWS, "CPU", "AutogradCPU")
    ):
        return _Composed(call, _above, _came_whole)
    if any(_has_kernel(name, key) for key in _COMPOSED_BELOW):
        return _Composed(call, _below, _are_complex)
    return call


class _Composed:
    """An operation that is composed of others."""

    __slots__ = ("_call", "_depends", "_keys")

    def __init__(
        self, call: Callable[..., Any], keys: Any, depends: Callable[[tuple[Any, ...], Mapping[str, Any]], bool]
    ) -> None:
        """keys: a set of dispatch keys. depends: whether they make a difference for these arguments."""
        self._call, self._keys, self._depends = call, keys, depends

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._depends(args, kwargs) or _is_in_dispatch(sys._getframe(2)):
            return self._call(*args, **kwargs)
        with _as_at_the_call():  # type: ignore[misc]
            at_the_call = _excluded()  # type: ignore[misc]
        excluded = _excluded() - (self._keys - at_the_call)  # type: ignore[misc]
        with _force(_included(), excluded):  # type: ignore[misc]
            return self._call(*args, **kwargs)


def _set_of(*names: str) -> Any:
    """Return the set of these dispatch keys."""
    return reduce(or_, (_key_set(getattr(_key, name)) for name in names))


_below = _set_of(*_UNRESOLVED) if _CAN_RESTORE else None
_above = (
    _below | _set_of(_VIEWS, *(name for name in dir(_key) if name.startswith("Autocast"))) if _CAN_RESTORE else None
)


def _came_whole(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Return whether autograd let an operation through: under `inference_mode`, or as all tensors were made in it."""
    if torch.is_inference_mode_enabled():
        return True
    tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor)]
    with without_function_modes():
        return bool(tensors) and all(map(Tensor.is_inference, tensors))


def _are_complex(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Return whether a complex number is among the arguments."""
    if function_modes():  # of the caller's: they must not see what is read here
        with without_function_modes():
            return _has_complex(args)
    return _has_complex(args)


def _has_complex(args: tuple[Any, ...]) -> bool:
    for value in args:
        kind = type(value)
        if (kind is Tensor or kind is nn.Parameter) and value.dtype.is_complex:
            return True
    return False


def _is_in_dispatch(frame: FrameType | None) -> bool:
    """Return whether a `__torch_dispatch__` of the caller's called the operation: there the keys are set aside anyway.

    frame: of what called the operation, outside of our own mode.
    """
    while frame is not None:
        if frame.f_code.co_name == "__torch_dispatch__":
            return True
        frame = frame.f_back
    return False
