"""The models of "Why is a pretrained PyTorch model object not callable?"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from torch import Tensor, nn

T = TypeVar("T", int, Tensor)


def twice(x: T) -> T:
    return 2 * x


class SimpleModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 2)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 2]
        return x


class ExampleModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 5]
        x = self.linear(x)  # [batch, 3]
        return x


class DropoutModel(nn.Module):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.linear = nn.Linear(5, 3)
        self.dropout = nn.Dropout(p)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 5]
        x = self.linear(x)  # [batch, 3]
        x = self.dropout(x)  # [batch, 3], in train mode each zero with probability p
        return x


class NotAModel:
    def forward(self, x: T) -> T:  # any shape
        return 3 * x  # the same shape


def checkpoint() -> Mapping[str, Tensor]:
    """What `torch.save(model.state_dict(), path)` writes to the file: names and tensors, no model."""
    model = SimpleModel()
    return model.state_dict()
