"""How long one bare call takes on each side, the two timed in turn."""

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

BUDGET = 0.12  # seconds for all calls of both sides, where at least two fit
MOST = 200  # turns of each side
WARM = 2  # turns that are not counted: caches fill, memory is got


@dataclass(frozen=True)
class Timing:
    """Seconds of each call, in the order of the turns: left, right, left, right, ..."""

    left: tuple[float, ...]
    right: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median over the turns of the right's time in units of the left's."""
        return median(other / one for one, other in zip(self.left, self.right, strict=True))

    @property
    def ratios(self) -> tuple[float, float]:
        """The middle half of the turns' ratios."""
        return middle_half(tuple(other / one for one, other in zip(self.left, self.right, strict=True)))


def time_calls(
    left: Experiment, right: Experiment, *, budget: float = BUDGET, clock: Callable[[], float] = perf_counter
) -> Timing | None:
    """Time bare calls of both, A B A B ..., for about `budget` seconds; at least one counted turn of each.

    Each side keeps one model for all its calls, its grad mode and its hooks. None where a call raises, or where a side
    compiles or traces, whose time is not that of a call. The process's torch state is found and left as it was.
    """
    if (left.entry_mode, right.entry_mode) != ("eager", "eager"):
        return None
    with isolated(seed=left.seed):
        sides = [_Side(left), _Side(right)]
        taken: tuple[list[float], list[float]] = [], []
        begun = clock()
        try:
            for turn in range(WARM + MOST):
                for side, seconds in zip(sides, taken, strict=True):
                    seconds.append(side.timed(clock))
                spent = clock() - begun
                if turn >= WARM and spent + spent / (turn + 1) > budget:
                    break
        except Exception:
            return None
    return Timing(tuple(taken[0][WARM:]), tuple(taken[1][WARM:]))


def middle_half(numbers: tuple[float, ...]) -> tuple[float, float]:
    """The first and the third quartile."""
    if len(numbers) < 2:
        return numbers[0], numbers[0]
    low, _, high = quantiles(numbers, n=4, method="inclusive")
    return low, high


class _Side:
    """A prepared call, with the global hooks that belong to it alone."""

    def __init__(self, experiment: Experiment) -> None:
        self.grad = experiment.grad
        self.has_global_hooks = any(hook.is_global for hook in experiment.hooks)
        before = _registries()
        self.function, self.args = bare_call(experiment)
        self.registries = _registries()
        _install(before)

    def timed(self, clock: Callable[[], float]) -> float:
        """Seconds of one call. What it returns is given up outside of the timed part."""
        with self._hooked(), grad_mode(self.grad):
            function, args = self.function, self.args
            begun = clock()
            kept = function(*args)
            ended = clock()
            del kept
        return ended - begun

    @contextmanager
    def _hooked(self) -> Iterator[None]:
        if not self.has_global_hooks:
            yield
            return
        before = _registries()
        _install(self.registries)
        try:
            yield
        finally:
            _install(before)


def _registries() -> dict[str, object]:
    """The process's global hooks as they stand."""
    kept = {name: getattr(module_source, name).copy() for name in GLOBAL_HOOK_REGISTRIES}
    return {**kept, GLOBAL_HOOK_FLAG: getattr(module_source, GLOBAL_HOOK_FLAG)}


def _install(registries: dict[str, object]) -> None:
    for name, kept in registries.items():
        if name == GLOBAL_HOOK_FLAG:
            setattr(module_source, name, kept)
        else:
            registry = getattr(module_source, name)
            registry.clear()
            registry.update(kept)
