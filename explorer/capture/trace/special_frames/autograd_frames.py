"""What autograd calls during `backward()`: a hook, or the `backward` of an `autograd.Function`."""

from __future__ import annotations

from types import FrameType
from typing import Literal

from torch.autograd import function as autograd_function
from torch.autograd import graph
from torch.utils import checkpoint

from explorer.capture.trace.tape import TracedFrame
from explorer.torch_source.files import is_torch_file

# Autograd calls the `backward` of a `Function` through this, even where decorators are in between.
FUNCTION_BACKWARD = autograd_function.BackwardCFunction.apply.__code__
# From this file the engine of autograd is run, and its hooks are called by it.
ENGINE_FILE = graph.__file__
# `checkpoint` runs a part of the forward call again, from this file.
CHECKPOINT_FILE = checkpoint.__file__


def called_by_autograd(caller: TracedFrame | None) -> bool:
    """Return whether autograd is what calls: no traced frame does, or torch's wrapper of a hook, which belongs to no
    module's call."""
    return caller is None or not (caller.plan.is_user_code or caller.module_call is not None)


def role_in_backward(frame: FrameType, is_user_code: bool) -> Literal["hook", "function", "other"]:
    """Return what a frame is that runs while autograd calls, and that no traced frame called.

    is_user_code: whether the code is not torch's: none of torch's own is a hook that a user registered.
    """
    below, through_others = frame.f_back, False
    while below is not None and below.f_code.co_filename not in (CHECKPOINT_FILE, ENGINE_FILE):
        if below.f_code is FUNCTION_BACKWARD:
            return "function"
        # Code that is neither torch's nor in the trace is what autograd called, and this frame something that it did.
        through_others = through_others or not is_torch_file(below.f_code.co_filename)
        below = below.f_back
    from_engine = below is None or below.f_code.co_filename == ENGINE_FILE
    return "hook" if is_user_code and from_engine and not through_others else "other"
