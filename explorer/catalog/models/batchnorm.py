"""A network whose forward pass in train mode moves its own buffers."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class BatchNormNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 3, side, side]
        x = self.conv(x)  # [batch, 8, side, side]
        x = self.bn(x)  # [batch, 8, side, side]
        x = F.relu(x)  # [batch, 8, side, side]
        x = x.mean(dim=(2, 3))  # [batch, 8]
        x = self.fc(x)  # [batch, 2]
        return x
