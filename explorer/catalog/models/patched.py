"""Methods replaced on the instance: Python looks for `forward` there, and for `__call__` in the class alone."""

from __future__ import annotations

from torch import Tensor, nn


class PatchedForward(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 2)
        self.forward = self.instead

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 2]
        return x

    def instead(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 2]
        return x.relu()  # [batch, 2], none below zero


class PatchedCall(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 2)
        self.__call__ = self.instead

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 2]
        return x

    def instead(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 2]
        return x.relu()  # [batch, 2], none below zero
