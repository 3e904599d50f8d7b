"""The models of "How does PyTorch's `self()` method produce predictions?"."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class LinearRegressionModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 1)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 1]
        return x


class FeedforwardNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(20, 50)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 20]
        x = self.fc1(x)  # [batch, 50]
        x = self.relu(x)  # [batch, 50]
        x = self.fc2(x)  # [batch, 10]
        return x


class CNN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(32 * 7 * 7, 120)
        self.fc2 = nn.Linear(120, 10)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 3, 28, 28]
        x = F.relu(self.conv1(x))  # [batch, 16, 28, 28]
        x = self.pool(x)  # [batch, 16, 14, 14]
        x = F.relu(self.conv2(x))  # [batch, 32, 14, 14]
        x = self.pool(x)  # [batch, 32, 7, 7]
        x = x.view(-1, 32 * 7 * 7)  # [batch, 1568], if the image was 28 x 28
        x = F.relu(self.fc1(x))  # [batch, 120]
        x = self.fc2(x)  # [batch, 10]
        return x
