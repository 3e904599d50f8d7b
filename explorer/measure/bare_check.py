"""Check a record against the same experiment run bare: its lines, its output bit for bit, and what it left behind.

Three more runs are made from the same seed: one observed, whose output itself is kept, as a record holds none; one with
nothing around it; and one with a tracer alone, which shares nothing with the recorder. Where the two bare runs differ
from each other, the experiment cannot be repeated, and the check says that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from explorer.experiment.prepare import prepare
from explorer.measure.line_trace import Lines, LineTrace
from explorer.measure.returned_values import largest_difference, leaf_values, same_bits
from explorer.observe import observe_and_look
from explorer.record import Observation
from explorer.runtime.entry_modes import without_warnings
from explorer.runtime.isolation import give_way, grad_mode, isolated

MOST_STEPS = 50_000  # of a record that is checked: a larger one takes seconds to run again
_NAMED = 3  # lines that are named, of those that differ


@dataclass(frozen=True, slots=True)
class BareCheck:
    """How a record compares with the same experiment run bare."""

    lines: int  # that ran in the bare call
    lines_agree: int  # of these, those that the record has
    lines_differ: tuple[str, ...]  # the first of those that one of them has alone, as "file:line"
    output_equal: bool | None  # bit for bit, or the same exception; None where it cannot be compared
    largest_difference: float | None  # of two elements of the outputs; None where there are no numbers to subtract
    random_state_equal: bool  # of torch's generator, after the call
    buffers_differ: tuple[str, ...]  # names of buffers that do not hold the same bits after the call
    parameters_differ: tuple[str, ...]  # the same for parameters and their gradients
    repeatable: bool  # whether two bare runs gave the same
    raised: bool  # whether the bare call raised: then `output_equal` is about the exception

    @property
    def passed(self) -> bool:
        """Whether everything agrees."""
        left = self.buffers_differ or self.parameters_differ or self.lines_differ
        return self.output_equal is True and self.random_state_equal and not left


@dataclass(frozen=True)
class _Outcome:
    """What a run gave and left behind."""

    value: Any
    error: tuple[str, str] | None  # of the exception: its type and message
    random_state: torch.Tensor
    buffers: Mapping[str, torch.Tensor]
    parameters: Mapping[str, torch.Tensor | None]


def check_against_bare(observation: Observation) -> BareCheck | None:
    """Run the experiment of a record again, bare, and compare. The process's torch state is restored.

    Returns None where it is not checked: a record of `observe_call`, whose model may have changed since; one of more
    than `MOST_STEPS` steps; and one of compiled code, which would be compiled three times more.
    """
    experiment = observation.experiment
    if experiment is None or experiment.entry_mode == "compile" or len(observation.trace.steps) > MOST_STEPS:
        return None
    again, observed = observe_and_look(experiment, _outcome)
    give_way()
    bare = _run_bare(observation, None)
    give_way()
    tracer = LineTrace(frozenset(observation.trace.executed_lines))
    traced = _run_bare(observation, tracer.trace)
    with torch.no_grad():
        missing, added = _lines_apart(tracer.lines, observation.trace.executed_lines)
        equal = _same_output(observed, bare)
        if equal and (observation.output, observation.error) != (again.output, again.error):
            equal = False  # the record says something else of it
        return BareCheck(
            lines=sum(map(len, tracer.lines.values())),
            lines_agree=sum(map(len, tracer.lines.values())) - len(missing),
            lines_differ=tuple([*missing, *added][:_NAMED]),
            output_equal=equal,
            largest_difference=None if equal else largest_difference(observed.value, bare.value),
            random_state_equal=torch.equal(observed.random_state, bare.random_state),
            buffers_differ=_names_that_differ(observed.buffers, bare.buffers),
            parameters_differ=_names_that_differ(observed.parameters, bare.parameters),
            repeatable=_are_equal(bare, traced),
            raised=bare.error is not None,
        )


def _run_bare(observation: Observation, tracer: Callable[..., Any] | None) -> _Outcome:
    """Make the call with nothing around it but a trace function."""
    experiment = observation.experiment
    assert experiment is not None
    with isolated(seed=experiment.seed):
        prepared = prepare(experiment)
        with grad_mode(experiment.grad), prepared.in_entry_mode():
            try:
                value, exception = prepared.call_traced(tracer)
            finally:
                sys.settrace(None)  # what follows is no part of the call
            if experiment.backward and exception is None:
                _go_backward(value, tracer)
        return _outcome(prepared.model, value, exception)


def _go_backward(value: Any, tracer: Callable[..., Any] | None) -> None:
    """Call `loss.backward()` on the sum of what a call returned, as `observe` does; what it raises is let go."""
    floating = [leaf for leaf in leaf_values(value) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point()]
    if not floating:
        return
    with grad_mode("enabled"), without_warnings():
        loss = torch.stack([leaf.sum() for leaf in floating]).sum() if len(floating) > 1 else floating[0].sum()
        before = sys.gettrace()
        sys.settrace(tracer)
        try:
            loss.backward()  # type: ignore[no-untyped-call]
        except Exception:  # that it raises is in the record; the lines up to there, and the gradients, are compared
            return
        finally:
            sys.settrace(before)


def _outcome(model: Any, value: Any, exception: Exception | None) -> _Outcome:
    """Return what a run left, inside its guard. Nothing writes to the model afterwards."""
    error = None if exception is None else (type(exception).__name__, _message(exception))
    buffers: dict[str, torch.Tensor] = {}
    parameters: dict[str, torch.Tensor | None] = {}
    if isinstance(model, nn.Module):
        buffers = dict(model.named_buffers())
        for name, parameter in model.named_parameters():
            parameters[name], parameters[f"{name}.grad"] = parameter, parameter.grad
    return _Outcome(value, error, torch.get_rng_state(), buffers, parameters)


def _message(exception: Exception) -> str:
    try:
        return str(exception)
    except Exception:  # its class's own `__str__` raises
        return ""


def _lines_apart(bare: Lines, recorded: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the lines that the record lacks, and those that it alone has, as "file:line"."""
    ours = {(file, line) for file, lines in bare.items() for line in lines}
    theirs = {(file, line) for file, lines in recorded.items() for line in lines}
    missing, added = (sorted(apart) for apart in (ours - theirs, theirs - ours))
    return [f"{file}:{line}" for file, line in missing], [f"{file}:{line}" for file, line in added]


def _same_output(one: _Outcome, other: _Outcome) -> bool | None:
    return one.error == other.error and same_bits(one.value, other.value)


def _names_that_differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in {**one, **other} if same_bits(one.get(name), other.get(name)) is False)


def _are_equal(one: _Outcome, other: _Outcome) -> bool:
    """Return whether two runs gave and left the same."""
    return (
        _same_output(one, other) is not False
        and torch.equal(one.random_state, other.random_state)
        and not _names_that_differ(one.buffers, other.buffers)
        and not _names_that_differ(one.parameters, other.parameters)
    )
