"""Submodules that do not behave as the line that uses them seems to say."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class BorrowedWeights(nn.Module):
    """Takes the weights of its submodule and never calls it."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 2)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = F.linear(x, self.linear.weight, self.linear.bias)  # [batch, 2]
        return x


class InplaceReLU(nn.Module):
    """Its ReLU writes into what the linear layer returned."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 4)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 4]
        x = self.relu(x)  # [batch, 4], the same tensor
        return x


class BareDropout(nn.Module):
    """Calls the function, which knows nothing of train and eval mode: `training` is True unless it is passed."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 4)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 4]
        x = F.dropout(x)  # [batch, 4], each zero with probability 0.5, in eval mode too
        return x


class FrozenChild(nn.Module):
    """Sets its batch norm to eval mode once; `train()` of the whole model sets it back."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 4)
        self.bn = nn.BatchNorm1d(4)
        self.bn.eval()

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 4]
        x = self.bn(x)  # [batch, 4]
        return x
