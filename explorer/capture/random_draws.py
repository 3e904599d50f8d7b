"""Whether something drew at random: the states of the random generators before it, against those after it.

torch's generator on the CPU has no counter, so its whole state is compared (5 kB, some microseconds).
"""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Iterable
from typing import Any

import torch

from explorer.record import RandomSource
from explorer.runtime.torch_private import without_torch_modes
from explorer.runtime.torch_private.memory import address_of, bytes_at

SourceStates = dict[RandomSource, Any]


def generator_states(arguments: Iterable[Any] = ()) -> list[bytes]:
    """Return the state of torch's default generator, and of each generator among an operation's arguments."""
    generators = [torch.default_generator, *(each for each in arguments if issubclass(type(each), torch.Generator))]
    with without_torch_modes():
        return [_state(generator) for generator in generators]


def source_states() -> SourceStates:
    """Return the states of all sources of random numbers that a model may draw from without naming a generator.

    NumPy's is left out while its module for random numbers is not loaded: loading it takes longer than most calls.
    """
    states: SourceStates = {"torch": generator_states(), "random": random.getstate()}
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        states["numpy"] = pickle.dumps(numpy.get_state(legacy=False))
    return states


def drawn_from(before: SourceStates, after: SourceStates) -> tuple[RandomSource, ...]:
    """Return the sources whose state moved."""
    return tuple(source for source, state in before.items() if after.get(source) != state)


def _state(generator: torch.Generator) -> bytes:
    state = generator.get_state()
    return bytes_at(address_of(state), state.numel())
