"""An operation that torch dispatched: what its schema says, and one entry of the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import torch
from torch._ops import HigherOrderOperator, OpOverload

from explorer.capture.operations.call_site import CallSite
from explorer.capture.operations.singular_values import ASKS_FOR_VECTORS
from explorer.capture.trace.tape import CallPlace, Position
from explorer.runtime.torch_private.composite import as_without_modes

RAISED: Final = object()  # the result of an operation that raised
# Dispatched by autograd and by allocation of their own accord, not asked for by the model.
_INTERNAL = ("detach", "alias")
_ALLOCATION = ("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided")


@dataclass(frozen=True, slots=True)
class Operator:
    """What is known of an operator by its schema."""

    call: Callable[..., Any]  # what `OpOverload.__call__` calls, or what calls that as if no mode were active
    name: str  # "add_"
    full_name: str  # "aten.add_.Tensor"
    written: tuple[int | str, ...]  # the arguments that it writes into: positions, or names of keyword-only ones
    reshapes: bool  # whether what it writes into may have another shape afterwards
    internal: bool  # whether autograd calls it of its own accord
    allocates: bool  # whether it only makes room for elements
    may_draw: bool  # whether it may draw random numbers, so that the generators are compared
    lifts: bool = False  # whether it only takes a tensor in that torch just made of numbers
    asks_for_vectors: bool = False  # whether it gets another argument while a dispatch mode is active


class Dispatched:
    """One operation that ran."""

    __slots__ = ("args", "drew", "kwargs", "operator", "place", "position", "result", "site")

    def __init__(
        self,
        operator: Operator,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        place: CallPlace,
        site: CallSite,
        position: Position,
    ) -> None:
        """place: where the Python frame stood from which torch was reached."""
        self.operator, self.args, self.kwargs = operator, args, kwargs
        self.place, self.site, self.position = place, site, position
        self.result: Any = RAISED  # until it returned
        self.drew = False  # whether a random generator moved meanwhile

    @property
    def call(self) -> CallPlace | None:
        """What tells the call that it belongs to from others; None where each operation is one of its own."""
        return self.place if self.site.is_one else None


@lru_cache(maxsize=4096)
def operator_of(func: OpOverload | HigherOrderOperator) -> Operator:
    """Return what an operator's schema says. A higher-order operator has none."""
    if isinstance(func, HigherOrderOperator):
        name = str(func)
        return Operator(func, name, name, (), False, False, False, True)
    library, _, name = func._schema.name.partition("::")
    written = tuple(
        argument.name if argument.kwarg_only else position
        for position, argument in enumerate(func._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
    allocates = name in _ALLOCATION or library == "profiler"  # a mark of `record_function` computes nothing either
    # An `out=` tensor may be resized, and `t_` and its like turn the tensor itself.
    reshapes = torch.Tag.inplace_view in func.tags or any(isinstance(each, str) for each in written)
    # torch marks its own that draw; what an operator of another library does is not known.
    may_draw = torch.Tag.nondeterministic_seeded in func.tags or library not in ("aten", "prim", "prims", "profiler")
    lifts = name == "lift_fresh"
    call = as_without_modes(func.name(), func._op)  # type: ignore[no-untyped-call]
    asks = str(func) in ASKS_FOR_VECTORS
    return Operator(call, name, str(func), written, reshapes, name in _INTERNAL, allocates, may_draw, lifts, asks)
