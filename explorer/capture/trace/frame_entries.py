"""How a frame came to run: called by the statement of the calling frame, or by something that this led to."""

from __future__ import annotations

from collections.abc import Mapping
from types import FrameType, FunctionType, MethodType
from typing import Any, NamedTuple

from torch import nn
from torch.nn.modules import module as module_source

from explorer.capture.callees.describe import begins_with, describe
from explorer.capture.callees.instructions import call_at
from explorer.capture.callees.look_up import NOT_FOUND, LookUp
from explorer.capture.trace.code_plan import CodePlan, is_comprehension
from explorer.capture.trace.frame_changes import FrameChanges
from explorer.capture.trace.tape import TracedFrame
from explorer.record import FrameEntry
from explorer.record.callees import Callee
from explorer.runtime.plain_reads import is_a, state_of_module
from explorer.torch_source.callee_paths import PathPart
from explorer.torch_source.phases import REGISTRY_PHASES


class Entry(NamedTuple):
    """How a frame came to run."""

    how: FrameEntry
    through: Callee | None = None  # what the calling frame's statement called, where that is more than the function


_FORWARD = PathPart("attribute", "forward")
_OUTERMOST, _CALLED, _INSIDE, _UNKNOWN = Entry("outermost"), Entry("called"), Entry("inside"), Entry("unknown")


class FrameEntries:
    """Finds how frames came to run. For one run."""

    def __init__(self, paths: Mapping[int, str], look_up: LookUp) -> None:
        """paths: id of a module → its dotted path in the outermost one."""
        self._paths, self._look_up = paths, look_up

    def entry(self, frame: FrameType, plan: CodePlan, caller: TracedFrame | None, module: nn.Module | None) -> Entry:
        """Return how a frame that begins came to run.

        caller: the traced frame that runs. module: the one that the frame belongs to.
        """
        if caller is None:
            return _OUTERMOST
        below = frame.f_back
        is_direct = id(below) == caller.frame_id
        if caller.plan.is_call_path:
            if plan.is_call_path and is_direct and caller.calling is NOT_FOUND:
                return _CALLED
            if caller.calling is not NOT_FOUND:  # the step says what
                return _CALLED if begins_with(caller.calling, frame.f_code, module) else _INSIDE
        if not is_direct:
            below = _frame_of(caller, below)
        if below is None:
            return _UNKNOWN
        instruction, sites = below.f_lasti, caller.plan.sites
        if is_direct and caller.plan.begun.get(instruction) is plan.code:
            return _CALLED
        site = sites.get(instruction) if is_direct else call_at(below.f_code, instruction)
        if site is None:
            site = sites[instruction] = call_at(below.f_code, instruction)
        if not site.is_call:
            return _INSIDE
        if site.path is None:
            return _UNKNOWN if is_direct else _INSIDE
        # As they were when the statement began: Python takes its time to tell what they are now.
        names = caller.locals_before if is_direct and isinstance(caller, FrameChanges) else below.f_locals
        called = self._look_up.follow(site.path, names, below.f_globals)
        if called is module and is_direct and plan.opens_module_call:  # most frames that get here
            return _CALLED
        if type(called) is FunctionType and called.__code__ is plan.code:  # and most others
            root = site.path[0]
            if is_direct and root.kind == "name" and root.key not in names:
                caller.plan.begun[instruction] = plan.code
            return _CALLED
        begins = called is not NOT_FOUND and begins_with(called, frame.f_code, module)
        if not begins and names is not below.f_locals:
            called = self._look_up.follow(site.path, below.f_locals, below.f_globals)
            begins = called is not NOT_FOUND and begins_with(called, frame.f_code, module)
        if called is NOT_FOUND:
            return _UNKNOWN if is_direct else _INSIDE
        if not begins:
            return Entry("inside", describe(called, self._paths))
        kind = type(called)
        if kind is FunctionType or kind is MethodType or issubclass(kind, nn.Module):
            return _CALLED
        return Entry("called", describe(called, self._paths))

    def spelled_owner(self, frame: FrameType, caller: TracedFrame) -> nn.Module | None:
        """Return the module whose `forward` the calling statement spells, and this frame runs; None for any other.

        So a `forward` is known that is not given its module: a static method, or a function that is set on the module.
        """
        is_direct = id(frame.f_back) == caller.frame_id
        below = frame.f_back if is_direct else _frame_of(caller, frame.f_back)
        path = None if below is None else call_at(below.f_code, below.f_lasti).path
        if below is None or path is None or len(path) < 2 or path[-1] != _FORWARD:
            return None
        names: Mapping[str, Any] = below.f_locals
        if is_direct and isinstance(caller, FrameChanges):  # as they were when the statement began
            names = caller.locals_before
        owner = self._look_up.follow(path[:-1], names, below.f_globals)
        if not is_a(owner, nn.Module):
            return None
        forward = self._look_up.attribute(owner, "forward")
        known = forward is not NOT_FOUND and not begins_with(forward, frame.f_code, owner)
        return None if known else owner


def hooks_of(module: nn.Module) -> tuple[str, ...]:
    """Return what hooks `__call__` would have found for a module: "forward hook", "global backward hook", ..."""
    found: list[str] = []
    own = state_of_module(module)
    for name in REGISTRY_PHASES:
        kind = name.strip("_").removesuffix("s").replace("_", " ").replace("pre hook", "pre-hook")
        for prefix, registry in (("global ", vars(module_source).get("_global" + name)), ("", own.get(name))):
            if registry is not None and is_a(registry, dict):
                found += [prefix + kind] * dict.__len__(registry)
    return tuple(found)


def _frame_of(caller: TracedFrame, frame: FrameType | None) -> FrameType | None:
    """Return the frame of the traced caller, or of a comprehension in it that runs; None where it is not there."""
    inner: FrameType | None = None
    while frame is not None:
        if id(frame) == caller.frame_id:
            return frame if inner is None else inner
        inner = frame if is_comprehension(frame.f_code) and frame.f_code in caller.plan.code.co_consts else None
        frame = frame.f_back
    return None
