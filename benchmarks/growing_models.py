"""Calls that can be made longer: so many turns, layers, hooks, lines."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor, nn


class Turns(nn.Module):
    """Runs its body so many times."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns, self.cell, self.layer = turns, nn.LSTMCell(4, 4), nn.Linear(4, 4)


class Recurrent(Turns):
    def forward(self, x: Tensor) -> Tensor:
        h, c = torch.zeros(3, 4), torch.zeros(3, 4)
        for _ in range(self.turns):
            h, c = self.cell(x, (h, c))
        return h


class ManyCalls(Turns):
    def forward(self, x: Tensor) -> Tensor:
        for _ in range(self.turns):
            x = self.layer(x)
        return x


class Containers(Turns):
    def forward(self, x: Tensor) -> Tensor:
        kept: list[Tensor] = []
        named: dict[str, Tensor] = {}
        for turn in range(self.turns):
            kept.append(x * turn)
            named[str(turn)] = kept[-1]
        return torch.stack(kept)


class InPlace(Turns):
    def forward(self, x: Tensor) -> Tensor:
        out = torch.zeros(self.turns, 4)
        for turn in range(self.turns):
            out[turn] = x[0] + turn
        return out


class Caught(Turns):
    def refuse(self, x: Tensor) -> None:
        raise ValueError(x.shape)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(self.turns):
            try:
                self.refuse(x)
            except ValueError:
                x = x + 1
        return x


def hooked(number: int) -> nn.Module:
    layer = nn.Linear(4, 4)
    for _ in range(number):
        layer.register_forward_hook(lambda module, args, output: output + 1)
    return layer


def nested(depth: int) -> nn.Module:
    model: nn.Module = nn.Linear(4, 4)
    for _ in range(depth // 4):  # each takes some frames, and Python allows a thousand
        model = nn.Sequential(model, nn.ReLU())
    return model


def from_text(lines: Callable[[int], list[str]], folder: Path) -> Callable[[int], Callable[[Tensor], Tensor]]:
    """Return what makes a function of so many lines, in a file of its own."""

    def make(number: int) -> Callable[[Tensor], Tensor]:
        file = folder / f"growing_{id(lines)}_{number}.py"
        body = "\n".join(f"    {line}" for line in [*lines(number), "return x"])
        file.write_text(f"import torch\nimport torch.nn.functional as F\n\n\ndef call(x):\n{body}\n")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made: Callable[[Tensor], Tensor] = module.call
        return made

    return make


class _Head(nn.Module):
    def __init__(self, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.ReLU() for _ in range(layers))


class SetsAttributes(Turns):
    """Gives itself one attribute after the other."""

    def forward(self, x: Tensor) -> Tensor:
        for turn in range(self.turns):
            setattr(self, f"seen{turn}", turn)
        return x


class RegistersBuffers(Turns):
    def forward(self, x: Tensor) -> Tensor:
        for turn in range(self.turns):
            self.register_buffer(f"kept{turn}", x)
        return x


class _Shares(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.first = self.second = inner

    def forward(self, x: Tensor) -> Tensor:
        return x + 1


def sharing(depth: int) -> nn.Module:
    """Return a module that has the next one twice, and so on: its paths are too many to be listed."""
    model: nn.Module = nn.ReLU()
    for _ in range(depth):
        model = _Shares(model)
    return model


class MakesHead(Turns):
    """Puts a module that is not registered into another mode."""

    def forward(self, x: Tensor) -> Tensor:
        head = _Head(self.turns)
        head.eval()
        return x + 1


MODELS: Mapping[str, Callable[[int], nn.Module]] = MappingProxyType(
    {
        "recurrent": Recurrent,
        "deep stack": lambda number: nn.Sequential(*(nn.Linear(4, 4) for _ in range(number))),
        "batch norms": lambda number: nn.Sequential(*(nn.BatchNorm1d(4) for _ in range(number))),
        "dropouts": lambda number: nn.Sequential(*(nn.Dropout() for _ in range(number))),
        "nested": nested,
        "many calls": ManyCalls,
        "hooks": hooked,
        "containers": Containers,
        "in place": InPlace,
        "caught": Caught,
        "makes a head": MakesHead,
        "sets attributes": SetsAttributes,
        "registers buffers": RegistersBuffers,
        "shared modules": sharing,
    }
)
TEXTS: Mapping[str, Callable[[int], list[str]]] = MappingProxyType(
    {
        "long": lambda number: [f"x = x + {n}" for n in range(number)],
        "calls of F": lambda number: [f"x = F.dropout(torch.relu(x), {(n + 1) / (2 * number)})" for n in range(number)],
        "many names": lambda number: [f"x{n} = x * {n}" for n in range(number)],
        "many tensors": lambda number: (
            [f"x{n} = x * {n}" for n in range(number)] + [f"x{n}.add_(1)" for n in range(number)]
        ),
        "many lists": lambda number: [f"a{n} = []; a{n}.append(x)" for n in range(number)],
        "branches": lambda number: [
            line for n in range(number) for line in (f"if x.shape[0] > {n}:", f"    x = x + {n}")
        ],
    }
)
