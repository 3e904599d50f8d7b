"""Models that recurse until Python's limit, catch the RecursionError and go on; `log` tells how far they came."""

from __future__ import annotations

import copy
import sys

import torch
from torch import nn


class Plain(nn.Module):
    """A method that calls itself."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(2, 2)
        self.log = []

    def deep(self, x, number):
        self.log.append(number)
        return self.deep(x, number + 1)

    def forward(self, x):
        log = self.log = []
        try:
            self.deep(x, 0)
        except RecursionError as raised:
            log.append(type(raised).__name__)
        y = self.layer(x)
        return y * len(self.log)


class Locals(Plain):
    def deep(self, x, number):
        following = number + 1
        self.log += [number]
        return self.deep(x, following)


class Operations(Plain):
    def deep(self, x, number):
        self.log += [number]
        y = torch.relu(x)
        self.log += [number]
        return self.deep(y, number + 1)


class Operators(Plain):
    def deep(self, x, number):
        self.log += [number]
        y = x + 1
        self.log += [number]
        return self.deep(y, number + 1)


class Modules(Plain):
    def deep(self, x, number):
        self.log += [number]
        y = self.layer(x)
        self.log += [number]
        return self.deep(y, number + 1)


class Attributes(Plain):
    def deep(self, x, number):
        self.number = number
        self.log += [number]
        return self.deep(x, number + 1)


class Generators(Plain):
    def deep(self, x, number):
        self.log += [number]
        return [each * 1 for each in self.below(x, number)]

    def below(self, x, number):
        yield self.deep(x, number + 1)


class Callbacks(Plain):
    def deep(self, x, number):
        self.log += [number]
        return max([1, 2], key=lambda _: self.deep(x, number + 1))


class Decorated(Plain):
    @torch.no_grad()
    def deep(self, x, number):
        self.log += [number]
        return self.deep(x, number + 1)


class Properties(Plain):
    @property
    def deeper(self):
        self.log += [1]
        return self.deeper

    def deep(self, x, number):
        return self.deeper


class Finally(Plain):
    def deep(self, x, number):
        self.log += [number]
        with torch.no_grad():
            try:
                self.deep(x, number + 1)
            finally:
                self.log += [-number]


class CatchesAtTheEnd(Plain):
    def deep(self, x, number):
        self.log += [number]
        try:
            return self.deep(x, number + 1)
        except RecursionError:
            self.log += [-number]
            return torch.relu(x)


class EndsInLibrary(Plain):
    """A recursion in Python's library."""

    def deep(self, x, number):
        nested = []
        for _ in range(2000):
            nested = [nested]
        copy.deepcopy(nested)


class OwnLimit(Plain):
    """A limit that the model sets for itself."""

    def deep(self, x, number):
        if number == 0:
            before = sys.getrecursionlimit()
            sys.setrecursionlimit(before - 100)
            try:
                return self.deep(x, 1)
            finally:
                sys.setrecursionlimit(before)
        self.log.append(number)
        return self.deep(x, number + 1)


DEEP = (
    Plain, Locals, Operations, Operators, Modules, Attributes, Generators, Callbacks, Decorated, Properties, Finally,
    CatchesAtTheEnd,
)  # fmt: skip
