"""What only one of two runs did: statements, calls of modules, hooks."""

from __future__ import annotations

from typing import NamedTuple

from explorer.catalog.hooks.hook import Hook
from explorer.reading.compare.alignment import hook_of
from explorer.reading.compiled_frames import may_have_run_unseen
from explorer.record import ModuleCall, Observation
from explorer.torch_source.statements import statement_text

StatementKey = tuple[str, int, int]  # file, first and last line


class Ran(NamedTuple):
    """A statement that one side ran and the other never did."""

    file: str
    first: int
    last: int
    text: str  # on one line
    function: str  # that it is in
    times: int


class HookCounts(NamedTuple):
    """How often a hook ran on each side; None where that side has no such hook."""

    hook: Hook | str  # the function's name where the run was of no experiment
    left: int | None
    right: int | None
    may_have_run_unseen: tuple[bool, bool] = (
        False,
        False,
    )  # left and right: whether it may have run in compiled code besides

    @property
    def one_side(self) -> bool:
        """Whether it ran on one side only, as far as its frames tell."""
        return bool(self.left) != bool(self.right)


def statements_only(ours: Observation, theirs: Observation) -> tuple[Ran, ...]:
    """Return the statements that `ours` ran and `theirs` did not, in the order in which they first ran."""
    known = set(_statements(theirs))
    return tuple(
        Ran(*key, statement_text(key[0], key[1:]), function, times)
        for key, (function, times) in _statements(ours).items()
        if key not in known
    )


def same_statements(ours: Observation, theirs: Observation) -> bool:
    """Return whether both ran the same statements, each as often."""
    return _statements(ours) == _statements(theirs)


def calls_only(ours: Observation, theirs: Observation) -> tuple[ModuleCall, ...]:
    """Return the calls of modules that `ours` made and `theirs` did not, in order."""
    known = {(call.module, call.module_class, call.number) for call in theirs.graph.calls}
    return tuple(call for call in ours.graph.calls if (call.module, call.module_class, call.number) not in known)


def hook_counts(left: Observation, right: Observation) -> tuple[HookCounts, ...]:
    """Return every hook of either side; one that is registered twice is counted together."""
    sides = [_hook_counts(side) for side in (left, right)]
    return tuple(
        HookCounts(hook, sides[0].get(hook), sides[1].get(hook), (_unseen(hook, left), _unseen(hook, right)))
        for hook in sides[0] | sides[1]
    )


def _unseen(hook: Hook | str, observation: Observation) -> bool:
    registered = observation.experiment.hooks if observation.experiment is not None else ()
    return isinstance(hook, Hook) and hook in registered and may_have_run_unseen(observation, hook)


def _hook_counts(observation: Observation) -> dict[Hook | str, int]:
    """Return each hook that is registered, or that ran, and how often it ran."""
    experiment = observation.experiment
    counts: dict[Hook | str, int] = dict.fromkeys(experiment.hooks if experiment is not None else (), 0)
    for frame in observation.trace.frames:
        if frame.role == "hook":
            hook = hook_of(frame, observation)
            counts[hook] = counts.get(hook, 0) + 1
    return counts


def _statements(observation: Observation) -> dict[StatementKey, tuple[str, int]]:
    """Return each statement that ran, with its function and how often it did."""
    frames = observation.trace.frames
    found: dict[StatementKey, tuple[str, int]] = {}
    for step in observation.trace.steps:
        if step.kind == "statement" and step.frame is not None:
            frame = frames[step.frame]
            key = (frame.file, step.line, step.end_line)
            function, times = found.get(key, (frame.function, 0))
            found[key] = (function, times + 1)
    return found
