"""A transformer classifier: every step looks at every other, and their mean decides."""

from __future__ import annotations

from torch import Tensor, nn


class TransformerClassifier(nn.Module):
    """Without position embeddings: it sees which steps there are, not their order."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(16, nhead=4, dim_feedforward=32, dropout=p, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.fc = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:  # [batch, steps, 16]
        x = self.encoder(x)  # [batch, steps, 16]
        x = x.mean(dim=1)  # [batch, 16]
        x = self.fc(x)  # [batch, 4]
        return x
