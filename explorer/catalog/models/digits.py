"""The network of the articles, trained on handwritten digits: its weights come from a checkpoint."""

from __future__ import annotations

from importlib.resources import files

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.catalog.models.self_call_article import CNN


def trained_cnn() -> CNN:
    """The checkpoint holds names and tensors; the class holds the code. It takes both to make a model."""
    model = CNN()
    with (files("explorer.catalog.digits") / "cnn.pt").open("rb") as checkpoint:
        model.load_state_dict(torch.load(checkpoint, weights_only=True), strict=True)
    return model


class CNNWithDropout(nn.Module):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(32 * 7 * 7, 120)
        self.dropout = nn.Dropout(p)
        self.fc2 = nn.Linear(120, 10)

    def forward(self, x: Tensor) -> Tensor:  # [batch, 3, 28, 28]
        x = F.relu(self.conv1(x))  # [batch, 16, 28, 28]
        x = self.pool(x)  # [batch, 16, 14, 14]
        x = F.relu(self.conv2(x))  # [batch, 32, 14, 14]
        x = self.pool(x)  # [batch, 32, 7, 7]
        x = x.view(-1, 32 * 7 * 7)  # [batch, 1568]
        x = F.relu(self.fc1(x))  # [batch, 120]
        x = self.dropout(x)  # [batch, 120], in train mode each zero with probability p
        x = self.fc2(x)  # [batch, 10], a score for each digit
        return x


def trained_cnn_with_dropout(p: float = 0.5) -> CNNWithDropout:
    """The same checkpoint fits: a dropout layer has no weights. It was trained with this class, at p = 0.5."""
    model = CNNWithDropout(p)
    with (files("explorer.catalog.digits") / "cnn.pt").open("rb") as checkpoint:
        model.load_state_dict(torch.load(checkpoint, weights_only=True), strict=True)
    return model
