"""The capture where the call goes through `torch.compile` or `torch.jit.trace`."""

from __future__ import annotations

from types import FrameType
from typing import Any

from torch._ops import OpOverload

from explorer.choices import Via
from explorer.graph.capture import Capture, Position
from explorer.ways_in import untraced


def capture_for(via: Via, position: Position) -> Capture:
    """The capture for this way in."""
    kinds: dict[Via, type[Capture]] = {"eager": Capture, "compile": _Compiled, "jit.trace": _Traced}
    return kinds[via](position)


class _Compiled(Capture):  # type: ignore[no-untyped-call]
    """torch does not compile while a dispatch mode is active, unless the mode says that it may."""

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        return True


class _Traced(Capture):  # type: ignore[no-untyped-call]
    """What the capture reads from tensors must not become a part of the traced script."""

    def __torch_dispatch__(
        self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        with untraced():
            return super().__torch_dispatch__(func, types, args, kwargs)

    def _operation(self, named: Any, frame: FrameType) -> int | None:
        """The frame that reached torch is one further out: between lies the method above."""
        assert frame.f_back is not None
        return super()._operation(named, frame.f_back)
