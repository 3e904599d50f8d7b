"""What people call and torch or Python refuses: no `forward`, or no `__call__` at all."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from torch import Tensor, nn

from explorer.catalog.models import callable_article
from explorer.catalog.models.callable_article import SimpleModel


def layers() -> nn.ModuleList:
    """A list of layers: they are registered, but nothing says in which order to call them."""
    return nn.ModuleList([nn.Linear(10, 4), nn.ReLU(), nn.Linear(4, 2)])


class NoForward(nn.Module):
    """`nn.Module.__call__` looks for a method of one name only."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(10, 2)

    def predict(self, x: Tensor) -> Tensor:  # [batch, 10]
        x = self.linear(x)  # [batch, 2]
        return x


def loaded() -> Any:
    """`model = model.load_state_dict(...)`: the method returns which keys did not match, not the model."""
    model = SimpleModel()
    model = model.load_state_dict(model.state_dict())
    return model


def imported() -> ModuleType:
    """`import network` gives the file; the class in it is `network.SimpleModel`."""
    network = callable_article
    return network
