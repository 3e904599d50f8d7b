"""Say why a backward hook did not run, by the statements of `Module.__call__` that tie it to autograd's graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from explorer.catalog.hooks.hook import Hook
from explorer.record import Observation, Step, Summary, TensorFacts
from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.find_roles import roles
from explorer.torch_source.roles import StatementRole
from explorer.wording import count, with_article


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement of torch's that ran in a call of the hook's module."""

    role: StatementRole
    step: Step
    values: Mapping[str, Summary]  # what the frame's names stood for after it


def why_not_reached(observation: Observation, hook: Hook) -> str:
    """Return why a backward hook of a module that was called did not run, though `backward()` was called."""
    calls = [statements for statements in map(list, _calls(observation, hook)) if _looked_for_hooks(statements)]
    reasons = [_why_not_tied(statements, hook) for statements in calls]
    if reasons and all(reason is not None for reason in reasons):
        return f"{reasons[0]}{_all_the_same(observation)}"
    if observation.backward is not None and observation.backward.error is not None:
        return "`backward()` raised before it came to it"
    if hook.kind == "backward":
        return "the backward pass did not come to the function of autograd's on which it hangs"
    every = [statement for statements in calls for statement in statements]
    marked = any(each.role == StatementRole.ARGUMENTS_MARKED and _changed(each, "args") for each in every)
    if hook.kind == "full_backward" and marked:
        return "the backward pass did not come from its module's output to its inputs"
    return "the backward pass did not come to its module's output"


def _calls(observation: Observation, hook: Hook) -> Iterator[Iterator[_Statement]]:
    """Yield, for each call of the hook's module, the statements of `Module.__call__` that ran."""
    trace = observation.trace
    of_frame: dict[int, list[Step]] = {}
    for step in trace.steps[: trace.end]:
        if step.frame is not None:
            of_frame.setdefault(step.frame, []).append(step)
    for frame in trace.frames:
        ours = frame.role == "call path" and (hook.is_global or frame.module == hook.at)
        if ours and frame.file == MODULE_FILE and "wrapped" not in frame.function:
            yield _statements(of_frame.get(frame.index, []))


def _statements(steps: list[Step]) -> Iterator[_Statement]:
    values: dict[str, Summary] = {}
    for step in steps:
        values.update({change.name: change.value for change in step.changes})
        role = roles().get(step.line) if step.kind == "statement" else None
        if role is not None:
            yield _Statement(role, step, dict(values))


def _looked_for_hooks(statements: list[_Statement]) -> bool:
    """Return whether a frame got so far as to look for backward hooks."""
    return any(each.role == StatementRole.FULL_BACKWARD_HOOK_CHECK for each in statements)


def _why_not_tied(statements: list[_Statement], hook: Hook) -> str | None:
    """Return why a call did not tie the hook to autograd's graph; None where it did, or did not get so far."""
    ran = {each.role: each for each in statements}
    if hook.kind == "backward":
        read = ran.get(StatementRole.GRAD_FN_CHECK)
        if StatementRole.LEGACY_HOOK_HUNG in ran or read is None:
            return None
        return "autograd did not record its module's output, so there was no `grad_fn` to hang it on"
    if StatementRole.BACKWARD_HOOK_MADE not in ran:
        return "it was not there any more when its module was called"
    warned = ran.get(StatementRole.RESULT_KIND_WARNING)
    if warned is not None:
        result = warned.values.get("result")
        returned = f", and its module returned {with_article(result.type)}" if result is not None else ""
        return f"torch ties it to a tensor or a tuple{returned}: torch warned"
    marked = ran.get(StatementRole.RESULT_MARKED)
    if marked is None or _changed(marked, "result"):
        return None
    return _not_marked(marked.values.get("result"))


def _not_marked(result: Summary | None) -> str:
    tensors = _tensors(result)
    if not tensors:
        return "there was no tensor in its module's output to tie it to"
    if any(tensor.requires_grad for tensor in tensors):
        return "grad mode was off at the end of its module's call, so it was not tied to the output"
    return "autograd did not record its module's output, so it was tied to nothing"


def _tensors(result: Summary | None) -> list[TensorFacts]:
    items = [result, *(item for _, item in result.items)] if result is not None else []
    return [item.tensor for item in items if item.tensor is not None]


def _changed(statement: _Statement, name: str) -> bool:
    return any(change.name == name for change in statement.step.changes)


def _all_the_same(observation: Observation) -> str:
    """Return how far the backward pass came without the hook."""
    reached = observation.backward.reached if observation.backward is not None else 0
    return f". `backward()` ran without it, and gave {count(reached, 'parameter')} a gradient" if reached else ""
