"""Sentences on each registered hook: how often it ran and what came of it, or why it did not run."""

from __future__ import annotations

from explorer.callpath.ways_in import is_compiled
from explorer.catalog.hooks import SUBJECTS, title_of
from explorer.choices import Hook
from explorer.hook_order import HookOrder, Turn, hook_order
from explorer.record import Observation
from explorer.wording import times

BACKWARD = ("full_backward", "full_backward_pre", "backward")
# How surprising it is: the first come first.
IDLE, RAISED, ODD, USUAL = range(4)


def hook_notes(observation: Observation) -> tuple[str, ...]:
    """A sentence for each hook, the most surprising first; code is in backticks."""
    order = hook_order(observation)
    found = []
    for number, hook in enumerate(order.hooks, 1):
        turns = order.of(number)
        rank, said = _effect(observation, hook, turns) if turns else (IDLE, _idle(observation, hook))
        seen = " as Python" if hook.is_global and hook.kind not in BACKWARD and is_compiled_away(observation) else ""
        ran = f"ran {times(len(turns))}{seen} and {said}" if turns else f"did not run{said}"
        found.append((rank, f"{_subject(order, number)} {ran}."))
    return tuple(text for _, text in sorted(found, key=lambda ranked: ranked[0]))


def _subject(order: HookOrder, number: int) -> str:
    """With several hooks each is named by its number too."""
    title = title_of(order.hooks[number - 1])
    return f"Hook {number}, the {title}," if len(order.hooks) > 1 else f"The {title}"


def _effect(observation: Observation, hook: Hook, turns: tuple[Turn, ...]) -> tuple[int, str]:
    """What came of it: by the turn that ended the call, else by the last one."""
    ended = [turn for turn in turns if observation.error and turn.raised_step == observation.error.step]
    turn = (ended or turns)[-1]
    if turn.raised is not None:
        return RAISED, f"raised `{turn.raised.type}`{_after_raising(observation, hook, turn)}"
    rank, said = _after_returning(observation, hook, turn)
    unseen = _unseen_input(hook, turn)
    return (ODD if unseen else rank), said + unseen


def _after_returning(observation: Observation, hook: Hook, turn: Turn) -> tuple[int, str]:
    subject = SUBJECTS[hook.kind]
    if turn.returned is None or turn.returned.type == "NoneType":
        if turn.phase == "exception":
            return ODD, "returned None, in spite of an exception on its way: it has `always_call=True`"
        if hook.action == "rebind":
            return ODD, f"only gave its own name another value: the {subject} stayed"
        return USUAL, f"returned None, so the {subject} stayed"
    value = {"double": f"twice the {subject}", "zero": "0"}.get(hook.action, turn.returned.text)
    if turn.phase == "exception":
        return ODD, f"returned {value}, in spite of an exception on its way, which went on all the same"
    if hook.kind == "forward_pre" and hook.with_kwargs and turn.returned.type != "tuple":
        return RAISED, f"returned {value}, which is not of the form (args, kwargs): torch raised"
    if hook.action == "zero" and hook.kind in BACKWARD:
        error = observation.backward.error if observation.backward is not None else None
        raised = f": `backward()` raised `{error.type}`" if error is not None else ""
        return RAISED, f"returned 0 where the {subject} should be{raised}"
    if hook.action == "zero":
        return ODD, f"returned 0, which is not None, so it replaced the {subject}"
    if hook.kind in BACKWARD and turn.returned.text == "(None,)":
        return ODD, "returned (None,): its module's input needs no gradient, so there was none to replace"
    return USUAL, f"returned {value}, which replaced {_it(subject)}"


def _after_raising(observation: Observation, hook: Hook, turn: Turn) -> str:
    if hook.kind in BACKWARD:
        return ", which ended `backward()`"
    if turn.phase == "exception" and (observation.error is None or observation.error.step != turn.raised_step):
        return ", which became a warning, since another exception was on its way"
    return ", which ended the call"


def _unseen_input(hook: Hook, turn: Turn) -> str:
    """Inputs passed by name are not among the positional ones; "" where this hook saw some."""
    args = dict(turn.given).get("args")
    if args is None or args.type != "tuple" or args.items or hook.with_kwargs:
        return ""
    return ". It saw no input: what comes by name is shown only to hooks with `with_kwargs=True`"


def _idle(observation: Observation, hook: Hook) -> str:
    roles = {frame.role for frame in observation.trace.frames if hook.is_global or frame.module == hook.at}
    inside = hook.is_global or "call path" not in roles
    if hook.kind not in BACKWARD and inside and is_compiled_away(observation):
        return " as Python: `torch.compile` took the call of its module, hooks included, into a compiled function"
    return f": {_why_not(observation, hook)}"


def _why_not(observation: Observation, hook: Hook) -> str:
    backward = _no_backward(observation) if hook.kind in BACKWARD else None
    if backward is not None:
        return backward
    if observation.lookup.attribute == "forward" and not hook.at and not hook.is_global:
        return "`model.forward(x)` goes past `__call__`, and only `__call__` looks for hooks"
    roles = {frame.role for frame in observation.trace.frames if hook.is_global or frame.module == hook.at}
    if "call path" not in roles:
        if observation.error is not None:
            return "the call raised before its module was called"
        if "forward" in roles:
            return "its module's `forward` was called past `__call__`, and only `__call__` looks for hooks"
        return "its module was not called, and only `__call__` looks for hooks"
    if hook.kind in BACKWARD:
        ended = observation.backward is not None and observation.backward.error is not None
        return f"{'`backward()` raised before it' if ended else 'the backward pass did not'} came to it"
    if _called_without_kwargs(observation, hook):
        return "after an exception torch calls a global hook without the keyword inputs, and Python refused the call"
    if observation.error is None:
        return "no frame of it was seen"
    skipped = hook.kind == "forward" and not hook.always_call
    return "an exception came before its turn" + (", and it has no `always_call=True`" if skipped else "")


def is_compiled_away(observation: Observation) -> bool:
    """Whether compiled code ran in the place of a function, and with it whatever that function calls."""
    frames = observation.trace.frames
    return any(step.frame is not None and is_compiled(step, frames[step.frame]) for step in observation.trace.steps)


def _no_backward(observation: Observation) -> str | None:
    """Why there was no backward pass; None where there was one."""
    if observation.experiment is None or not observation.experiment.backward:
        return "only `backward()` runs it, and it was not called"
    if observation.backward is None:
        return "the call raised, so there was no backward pass"
    if observation.grad_mode != "enabled":
        return f"under `{observation.grad_mode}` autograd records nothing, so there was no backward pass"
    return "there was nothing to go back through" if observation.backward.reason is not None else None


def _called_without_kwargs(observation: Observation, hook: Hook) -> bool:
    """Whether `_call_impl` itself met a TypeError while it looked after an exception."""
    if not (hook.is_global and hook.with_kwargs and hook.always_call):
        return False
    frames = observation.trace.frames
    return any(
        step.kind == "exception"
        and step.phase == "exception"
        and step.frame is not None
        and frames[step.frame].role == "call path"
        and step.value is not None
        and step.value.type == "TypeError"
        for step in observation.trace.steps
    )


def _it(subject: str) -> str:
    return "it" if subject == "output" else "them"
