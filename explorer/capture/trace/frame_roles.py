"""What a frame is, whether a module's call begins with it, and whether that went past `Module.__call__`."""

from __future__ import annotations

from types import FrameType

from torch import nn

from explorer.capture.trace.code_plan import RUNS_IN_FORWARD, CodePlan, Holding
from explorer.capture.trace.frame_entries import Entry, FrameEntries
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.special_frames.autograd_frames import called_by_autograd, role_in_backward
from explorer.capture.trace.tape import TracedFrame, TracedModuleCall
from explorer.record import FrameRole


class FrameRoles:
    """Finds what frames are. For one run."""

    def __init__(self, running: RunningCall, entries: FrameEntries) -> None:
        self._running, self._entries = running, entries

    def role(
        self,
        frame: FrameType,
        plan: CodePlan,
        caller: TracedFrame | None,
        holding: Holding | None,
        entry: Entry,
        in_backward: bool,
    ) -> FrameRole:
        """Return what a frame is, by its code and by what the frame that calls it called.

        holding: what its function is in the module that it belongs to. in_backward: whether `backward()` has begun.
        """
        if plan.is_call_path:
            return "call path"
        if caller is not None and caller.plan.is_call_path and entry.how in ("called", "unknown"):
            if caller.calls("hook"):
                return "hook"
            if caller.calls("forward"):
                return "forward"
        if holding in RUNS_IN_FORWARD:
            return "forward"
        if in_backward and not plan.is_functional and called_by_autograd(caller):
            return role_in_backward(frame, plan.is_user_code)
        return "functional" if plan.is_functional else "other"

    def opens_call(
        self, module: nn.Module, holding: Holding | None, plan: CodePlan, outer: TracedModuleCall | None
    ) -> bool:
        """Return whether a frame of the role "forward" is a call of its module, which `Module.__call__` did not open.

        outer: the call that it runs in. The lines of a generator run long after the call that made it.
        """
        if holding not in RUNS_IN_FORWARD or plan.pauses or (outer is not None and outer.module is module):
            return False
        return holding != "base" or not self._running.is_open(module, outer)

    def runs_past_call(self, frame: FrameType, plan: CodePlan, entered: TracedFrame, holding: Holding | None) -> bool:
        """Return whether a frame, which `Module.__call__` did not begin, is what `module.forward(x)` runs.

        What a `forward` of the same module hands on to, by `super()` or as a decorator, is a part of that.
        """
        caller, call = entered.caller, entered.module_call
        if plan.pauses:  # how it was made is not known
            return False
        if entered.opened_call is not None or holding == "forward" or caller is None:
            return True
        return holding == "inner" and call is not None and self._entries.spelled_owner(frame, caller) is call.module
