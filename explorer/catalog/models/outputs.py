"""Models that return more than one tensor."""

from __future__ import annotations

from torch import Tensor, nn


class DictOutput(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> dict[str, Tensor]:  # [batch, 10]
        logits = self.linear(x)  # [batch, 3]
        return {"logits": logits, "label": logits.argmax(dim=1)}  # [batch, 3] and [batch]


class TupleOutput(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(10, 4)
        self.decoder = nn.Linear(4, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:  # [batch, 10]
        code = self.encoder(x)  # [batch, 4]
        again = self.decoder(code)  # [batch, 10]
        return again, code
