"""Watching a module's buffers by what they hold.

Batch norm's running statistics are written by one native operation that does not move the tensor's version
counter (measured on torch 2.13), so a version alone would miss them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from explorer.callpath.values import summarize
from explorer.record import Moved

HASHED_LIMIT = 1 << 14  # elements; a larger buffer is watched by its version alone


class Buffers:
    """The buffers of a module tree, as they were when this was made."""

    def __init__(self, model: Any) -> None:
        self._model = model
        named = _named(model)
        with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch(), torch.no_grad():
            self._before = {name: (buffer, fingerprint(buffer), buffer.clone()) for name, buffer in named.items()}

    def ids(self) -> frozenset[int]:
        """The ids of the buffers that are watched by content."""
        return frozenset(id(buffer) for buffer, _, _ in self._before.values() if buffer.numel() <= HASHED_LIMIT)

    def moved(self) -> tuple[Moved, ...]:
        """The buffers that hold something else now."""
        now = _named(self._model)  # anew: `self.count = self.count + 1` puts another tensor there
        return tuple(
            Moved(name, summarize(before), summarize(now[name]))
            for name, (buffer, mark, before) in self._before.items()
            if name in now and (now[name] is not buffer or fingerprint(buffer) != mark)
        )


def _named(model: Any) -> dict[str, Tensor]:
    return dict(model.named_buffers()) if isinstance(model, nn.Module) else {}


def fingerprint(tensor: Tensor) -> tuple[int, int]:
    """Version and a hash of the content; equal as long as nobody wrote something else into the tensor."""
    with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
        version = 0 if tensor.is_inference() else tensor._version
        if tensor.numel() > HASHED_LIMIT:
            return version, 0
        try:
            return version, hash(tensor.detach().numpy().tobytes())
        except (RuntimeError, TypeError):  # not a plain CPU tensor
            return version, 0
