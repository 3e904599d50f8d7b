"""A recurrent classifier: reads a sequence step by step, and decides at its end."""

from __future__ import annotations

from torch import Tensor, nn


class RecurrentClassifier(nn.Module):
    def __init__(self, p: float = 0.3) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 16, num_layers=2, dropout=p, batch_first=True)
        self.fc = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:  # [batch, steps, 8]
        x, (_hidden, _cell) = self.lstm(x)  # [batch, steps, 16], ([2, batch, 16], [2, batch, 16])
        x = x[:, -1]  # [batch, 16], after the last step
        x = self.fc(x)  # [batch, 4]
        return x
