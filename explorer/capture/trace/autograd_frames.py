"""What autograd calls during `backward()`: a hook, or the `backward` of an `autograd.Function`."""

from __future__ import annotations

from types import FrameType
from typing import Literal

from torch.autograd import function as autograd_function
from torch.utils import checkpoint

from explorer.capture.trace.tape import TracedFrame

# Autograd calls the `backward` of a `Function` through this, even where decorators are in between.
FUNCTION_BACKWARD = autograd_function.BackwardCFunction.apply.__code__
# `checkpoint` runs a part of the forward call again, from this file.
CHECKPOINT_FILE = checkpoint.__file__


def called_by_autograd(caller: TracedFrame | None) -> bool:
    """Return whether autograd is what calls: no traced frame does, or torch's wrapper of a hook, which belongs to no
    module's call."""
    return caller is None or not (caller.plan.is_user_code or caller.module_call is not None)


def role_in_backward(frame: FrameType, is_user_code: bool) -> Literal["hook", "function", "other"]:
    """Return what a frame that autograd calls is.

    is_user_code: whether the code is not torch's: none of torch's own is a hook that a user registered.
    """
    below = frame.f_back
    while below is not None and below.f_code.co_filename != CHECKPOINT_FILE:
        if below.f_code is FUNCTION_BACKWARD:
            return "function"
        below = below.f_back
    return "hook" if is_user_code and below is None else "other"
