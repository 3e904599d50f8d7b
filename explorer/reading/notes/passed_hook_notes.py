"""A note where a module's `forward` was called past `__call__`, and hooks were passed by with it."""

from __future__ import annotations

from collections import Counter

from explorer.record import Observation
from explorer.wording import count, listed, times


def hooks_passed_by(observation: Observation) -> tuple[str, ...]:
    """Return a sentence for each module with hooks that nothing looked at; code is in backticks.

    Of an experiment's own hooks, `hook_notes` says why they did not run.
    """
    if observation.experiment is not None and observation.experiment.hooks:
        return ()
    found: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for frame in observation.trace.frames:
        if frame.passed_hooks:
            path = f"`{frame.module}`" if frame.module else "the outermost module"
            found[path if frame.module is not None else f"a `{frame.module_class}`", frame.passed_hooks] += 1
    return tuple(_sentence(who, hooks, number) for (who, hooks), number in found.items())


def _sentence(who: str, hooks: tuple[str, ...], number: int) -> str:
    kinds = listed(count(many, kind) for kind, many in Counter(hooks).items())
    again = f" {times(number)}" if number > 1 else ""
    be = "was" if len(hooks) == 1 else "were"
    return f"The `forward` of {who} was called past `__call__`{again}: {kinds} {be} not looked at."
