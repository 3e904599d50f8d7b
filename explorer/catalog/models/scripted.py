"""A submodule that `torch.jit.script` made of a layer: its `forward` is no Python any more."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ScriptedChild(nn.Module):
    """Calls it like any other submodule."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 2)
        self.relu = torch.jit.script(nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 2]
        x = self.relu(x)  # [batch, 2]
        return x
