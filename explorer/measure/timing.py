"""Time a bare call of each of two experiments, alternating: left, right, left, right, ..."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

from torch.nn.modules import module as module_source

from explorer.experiment import Experiment
from explorer.measure.bare_call import bare_call
from explorer.runtime.isolation import GLOBAL_HOOK_FLAG, GLOBAL_HOOK_REGISTRIES, grad_mode, isolated

BUDGET = 0.12  # seconds for all calls of both sides
MOST_ROUNDS = 200  # that are counted; one round is one call of each side
WARM_UP_ROUNDS = 2  # are not counted: caches fill and memory is allocated


@dataclass(frozen=True)
class Timing:
    """Seconds of each call, one for each round."""

    left: tuple[float, ...]
    right: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median over the rounds of the right's time, in units of the left's."""
        return median(other / one for one, other in zip(self.left, self.right, strict=True))

    @property
    def ratios(self) -> tuple[float, float]:
        """The first and the third quartile of the rounds' ratios."""
        return middle_half(tuple(other / one for one, other in zip(self.left, self.right, strict=True)))


def time_calls(
    left: Experiment, right: Experiment, *, budget: float = BUDGET, clock: Callable[[], float] = perf_counter
) -> Timing | None:
    """Time bare calls of both for about `budget` seconds, and at least one counted round.

    Each side has one model for all its calls, its grad mode and its hooks. Return None where a call raises, or where a
    side compiles or traces: then the time is not that of a call. The process's torch state is restored.

    clock: returns seconds.
    """
    if (left.entry_mode, right.entry_mode) != ("eager", "eager"):
        return None
    with isolated(seed=left.seed):
        sides = [_Side(left), _Side(right)]
        taken: tuple[list[float], list[float]] = [], []
        begun = clock()
        try:
            for number in range(WARM_UP_ROUNDS + MOST_ROUNDS):
                for side, seconds in zip(sides, taken, strict=True):
                    seconds.append(side.time_one_call(clock))
                spent = clock() - begun
                if number >= WARM_UP_ROUNDS and spent + spent / (number + 1) > budget:
                    break
        except Exception:
            return None
    return Timing(tuple(taken[0][WARM_UP_ROUNDS:]), tuple(taken[1][WARM_UP_ROUNDS:]))


def middle_half(numbers: tuple[float, ...]) -> tuple[float, float]:
    """Return the first and the third quartile; a single number is both."""
    if len(numbers) < 2:
        return numbers[0], numbers[0]
    low, _, high = quantiles(numbers, n=4, method="inclusive")
    return low, high


class _Side:
    """A prepared call, and the global hooks that are registered during its calls only."""

    def __init__(self, experiment: Experiment) -> None:
        self.grad = experiment.grad
        self.has_global_hooks = any(hook.is_global for hook in experiment.hooks)
        before = _copy_registries()
        self.function, self.args = bare_call(experiment)
        self.registries = _copy_registries()
        _restore_registries(before)

    def time_one_call(self, clock: Callable[[], float]) -> float:
        """Return the seconds of one call. What it returns is freed after the clock is read."""
        with self._global_hooks(), grad_mode(self.grad):
            function, args = self.function, self.args
            begun = clock()
            returned = function(*args)
            ended = clock()
            del returned
        return ended - begun

    @contextmanager
    def _global_hooks(self) -> Iterator[None]:
        """Register this side's global hooks for as long as the block lasts."""
        if not self.has_global_hooks:
            yield
            return
        before = _copy_registries()
        _restore_registries(self.registries)
        try:
            yield
        finally:
            _restore_registries(before)


def _copy_registries() -> dict[str, object]:
    """Return a copy of torch's registries of global hooks, and of the flag beside them, by name."""
    copies = {name: getattr(module_source, name).copy() for name in GLOBAL_HOOK_REGISTRIES}
    return {**copies, GLOBAL_HOOK_FLAG: getattr(module_source, GLOBAL_HOOK_FLAG)}


def _restore_registries(registries: dict[str, object]) -> None:
    """Make torch's registries what these copies are."""
    for name, contents in registries.items():
        if name == GLOBAL_HOOK_FLAG:
            setattr(module_source, name, contents)
        else:
            registry = getattr(module_source, name)
            registry.clear()
            registry.update(contents)
