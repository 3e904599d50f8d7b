"""Sentences on each registered hook: how often it ran and what came of it, or why it did not run."""

from __future__ import annotations

from collections import Counter

from explorer.catalog.hooks import BACKWARD_KINDS, KINDS, title_of
from explorer.catalog.hooks.hook import Hook
from explorer.reading.compiled_frames import compiled_frames, may_have_run_unseen
from explorer.reading.hook_order import HookOrder, HookRun, hook_order
from explorer.reading.notes.backward_ties import why_not_reached
from explorer.record import Observation, Summary
from explorer.record.values import ITEMS_IN_TEXT
from explorer.wording import times

# How surprising it is: the first come first.
NEVER_RAN, RAISED, ODD, USUAL = range(4)


def hook_notes(observation: Observation) -> tuple[str, ...]:
    """Return a sentence for each hook, the most surprising first; code is in backticks."""
    order = hook_order(observation)
    found = []
    for number, hook in enumerate(order.hooks, 1):
        runs = order.of(number)
        rank, outcome = _effects(observation, hook, runs) if runs else (NEVER_RAN, _why_idle(observation, hook))
        ran = f"ran {times(len(runs))}{_where_seen(observation, hook, runs)}" if runs else "did not run"
        found.append((rank, f"{_subject(order, number)} {ran}{outcome}."))
    return tuple(text for _, text in sorted(found, key=lambda ranked: ranked[0]))


def _subject(order: HookOrder, number: int) -> str:
    """Return the subject of the sentence on a hook; with several hooks it has the hook's number too."""
    title = title_of(order.hooks[number - 1])
    return f"Hook {number}, the {title}," if len(order.hooks) > 1 else f"The {title}"


def _where_seen(observation: Observation, hook: Hook, runs: tuple[HookRun, ...]) -> str:
    """Return what limits the count, where the hook may have run in compiled code besides."""
    if not may_have_run_unseen(observation, hook):
        return ""
    compiled = compiled_frames(observation)
    has_frame = any(observation.trace.steps[run.step].frame in compiled for run in runs)
    return " where its module has a frame" if has_frame else " as Python"


def _effects(observation: Observation, hook: Hook, runs: tuple[HookRun, ...]) -> tuple[int, str]:
    """Return what came of a hook's runs, each different outcome with how often it came, and the rank of the worst."""
    found = Counter(_effect(observation, hook, run) for run in runs)
    (rank, outcome), *more = found
    text = (
        f" and {outcome}" if not more else ": " + "; ".join(f"{times(n)} it {each}" for (_, each), n in found.items())
    )
    no_input = sum(_input_unseen(observation, hook, run) for run in runs)
    if no_input:
        whole = "It" if no_input == len(runs) else f"{times(no_input).capitalize()} it"
        text += f". {whole} saw no input: what comes by name is shown only to hooks with `with_kwargs=True`"
    return min(rank, *(each for each, _ in more), ODD if no_input else USUAL), text


def _effect(observation: Observation, hook: Hook, run: HookRun) -> tuple[int, str]:
    if run.raised is not None:
        return RAISED, f"raised `{run.raised.type}`{_after_raising(observation, hook, run)}"
    return _after_returning(observation, hook, run)


def _after_returning(observation: Observation, hook: Hook, run: HookRun) -> tuple[int, str]:
    subject = KINDS[hook.kind].subject
    if run.returned is None or run.returned.type == "NoneType":
        if run.phase == "exception":
            return ODD, "returned None, in spite of an exception on its way: it has `always_call=True`"
        if hook.action == "rebind":
            return ODD, f"only gave its own name another value: the {subject} stayed"
        return USUAL, f"returned None, so the {subject} stayed"
    value = {"double": f"twice the {subject}", "zero": "0"}.get(hook.action, run.returned.text)
    if run.phase == "exception":
        return ODD, f"returned {value}, in spite of an exception on its way, which went on all the same"
    if hook.kind == "forward_pre" and hook.with_kwargs and run.returned.type != "tuple":
        return RAISED, f"returned {value}, which is not of the form (args, kwargs): torch raised"
    if hook.action == "zero" and hook.kind in BACKWARD_KINDS:
        error = observation.backward.error if observation.backward is not None else None
        raised = f": `backward()` raised `{error.type}`" if error is not None else ""
        return RAISED, f"returned 0 where the {subject} should be{raised}"
    if hook.action == "zero":
        return ODD, f"returned 0, which is not None, so it replaced the {subject}"
    if hook.kind in BACKWARD_KINDS and run.returned.only_nones:
        return ODD, f"returned {_nones(run.returned)}: {_why_none(hook, run.returned)}so there was none to replace"
    if hook.kind == "full_backward" and run.returned.type == "tuple" and not run.returned.items:
        return ODD, "returned an empty tuple: its module got no input by position, so there was no gradient to replace"
    if hook.kind == "forward_pre" and run.returned.type == "tuple" and not run.returned.items:
        return ODD, "returned an empty tuple: it was given no argument, so there was none to replace"
    return USUAL, f"returned {value}, which replaced {_it(subject)}"


def _nones(returned: Summary) -> str:
    return returned.text if len(returned.items) <= ITEMS_IN_TEXT else f"{len(returned.items)} times None"


def _why_none(hook: Hook, returned: Summary) -> str:
    if hook.kind != "full_backward":
        return "it was given no gradient, "
    if len(returned.items) == 1:
        return "its module's input needs no gradient, "
    return "none of its module's inputs needs a gradient, "


def _after_raising(observation: Observation, hook: Hook, run: HookRun) -> str:
    if hook.kind in BACKWARD_KINDS:
        return ", which ended `backward()`"
    if observation.error is not None and observation.error.step == run.raised_step:
        return ", which ended the call"
    if run.phase == "exception":
        return ", which became a warning, since another exception was on its way"
    return ""


def _input_unseen(observation: Observation, hook: Hook, run: HookRun) -> bool:
    """Return whether a hook was shown none of its module's inputs, for they were all passed by name."""
    args = dict(run.given).get("args")
    if args is None or args.type != "tuple" or args.items or hook.with_kwargs:
        return False
    trace = observation.trace
    within, named = trace.steps[run.step].frame, None
    while within is not None and named is None:  # out to the frame of `__call__` that was given them
        begins = next(step for step in trace.steps if step.frame == within and step.kind == "call")
        named = next((change.value for change in begins.changes if change.name == "kwargs"), None)
        within = trace.frames[within].caller
    return named is not None and bool(named.items)


def _why_idle(observation: Observation, hook: Hook) -> str:
    if may_have_run_unseen(observation, hook):
        which = "a module without a frame" if hook.is_global else "its module has no frame, so it"
        return f" as Python: {which} was compiled with its caller, hooks included, or not called"
    return f": {_why_not(observation, hook)}"


def _why_not(observation: Observation, hook: Hook) -> str:
    backward = _no_backward(observation) if hook.kind in BACKWARD_KINDS else None
    if backward is not None:
        return backward
    if observation.lookup.attribute == "forward" and not hook.at and not hook.is_global:
        return "`model.forward(x)` goes past `__call__`, and only `__call__` looks for hooks"
    roles = {frame.role for frame in observation.trace.frames if hook.is_global or frame.module == hook.at}
    if "call path" not in roles:
        if "forward" in roles:
            return "its module's `forward` was called past `__call__`, and only `__call__` looks for hooks"
        if observation.error is not None and not _parent_returned(observation, hook.at):
            who = "no module was" if hook.is_global else "its module was not"
            return f"{who} called by the time the call raised"
        return "its module was not called, and only `__call__` looks for hooks"
    if hook.kind in BACKWARD_KINDS:
        return why_not_reached(observation, hook)
    if _called_without_kwargs(observation, hook):
        return "after an exception torch calls a global hook without the keyword inputs, and Python refused the call"
    if observation.error is None:
        return "no frame of it was seen"
    skipped = hook.kind == "forward" and not hook.always_call
    return "an exception came before its turn" + (", and it has no `always_call=True`" if skipped else "")


def _parent_returned(observation: Observation, path: str) -> bool:
    """Return whether the nearest module around this one whose `forward` began also returned.

    It had its chance to call this one then.
    """
    frames = observation.trace.frames
    returned = {step.frame for step in observation.trace.steps if step.kind == "return"}
    while path:
        path = path.rpartition(".")[0]
        began = [frame.index for frame in frames if frame.role == "forward" and frame.module == path]
        if began:
            return began[-1] in returned
    return False


def _no_backward(observation: Observation) -> str | None:
    """Return why there was no backward pass; None where there was one."""
    if observation.experiment is None or not observation.experiment.backward:
        return "only `backward()` runs it, and it was not called"
    if observation.backward is None:
        return "the call raised, so there was no backward pass"
    if observation.backward.reason is None:
        return None
    if observation.grad_mode != "enabled":
        return f"under `{observation.grad_mode}` autograd records nothing, so there was no backward pass"
    return "there was nothing to go back through"


def _called_without_kwargs(observation: Observation, hook: Hook) -> bool:
    """Return whether `_call_impl` itself met a TypeError while it looked after an exception."""
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
