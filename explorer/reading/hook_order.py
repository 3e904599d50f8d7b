"""Read from a record in which order the registered hooks ran, what each did, and which hook a frame is of."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.catalog.hooks import hook_number
from explorer.catalog.hooks.hook import Hook, HookKind
from explorer.record import Frame, Observation, Step, Summary
from explorer.torch_source.phases import Phase


@dataclass(frozen=True, slots=True)
class HookRun:
    """One run of a hook."""

    number: int  # of the hook in the order of registration, from 1
    module: str | None  # dotted path of the module it ran for; None where the record does not say
    step: int  # index of the step at which its frame begins
    phase: Phase | None  # of `Module.__call__`; "exception" where it ran in spite of one
    given: tuple[tuple[str, Summary], ...]  # its arguments, by name
    returned: Summary | None  # None where it raised
    raised: Summary | None
    raised_step: int | None  # index of the step at which it raised, in its own frame


@dataclass(frozen=True, slots=True)
class HookOrder:
    """The hooks as they were registered, and every run of theirs in the order in which they ran."""

    hooks: tuple[Hook, ...]
    runs: tuple[HookRun, ...]

    def of(self, number: int) -> tuple[HookRun, ...]:
        """Return the runs of one hook. number: in the order of registration, from 1."""
        return tuple(run for run in self.runs if run.number == number)

    @property
    def never_ran(self) -> tuple[int, ...]:
        """The numbers of the hooks that never ran."""
        ran = {run.number for run in self.runs}
        return tuple(number for number in range(1, len(self.hooks) + 1) if number not in ran)


def hook_order(observation: Observation) -> HookOrder:
    """Return the hooks of the observed experiment and their runs; empty where it has none."""
    hooks = observation.experiment.hooks if observation.experiment is not None else ()
    if not hooks:
        return HookOrder((), ())
    numbers = {frame.index: hook_number(frame.function) for frame in observation.trace.frames}
    steps: dict[int, list[Step]] = {frame: [] for frame, number in numbers.items() if number is not None}
    for step in observation.trace.steps:
        if step.frame in steps:
            steps[step.frame].append(step)
    runs = []
    for frame, hook_steps in steps.items():  # in the order in which the frames began
        returned = next((step.value for step in hook_steps if step.kind == "return"), None)
        raising = next((step for step in hook_steps if step.kind == "exception"), None) if returned is None else None
        runs.append(
            HookRun(
                numbers[frame] or 0,
                observation.trace.frames[frame].module,
                hook_steps[0].index,
                hook_steps[0].phase,
                tuple((change.name, change.value) for change in hook_steps[0].changes if change.kind != "grad mode"),
                returned,
                raising.value if raising is not None else None,
                raising.index if raising is not None else None,
            )
        )
    return HookOrder(hooks, tuple(runs))


def kind_of_hook(observation: Observation, frame: Frame) -> HookKind | None:
    """Return the kind of the hook that a frame is of.

    None where it is no hook of the experiment: a caller's module may bring its own.
    """
    number, experiment = hook_number(frame.function), observation.experiment
    if number is None or experiment is None or not 0 < number <= len(experiment.hooks):
        return None
    return experiment.hooks[number - 1].kind
