"""What autograd calls during `backward()`: a hook, or the `backward` of an `autograd.Function`."""

from __future__ import annotations

from types import FrameType
from typing import Literal

from torch.autograd import function as autograd_function
from torch.utils import checkpoint

from explorer.capture.trace.frame_tracer import FrameTracer

# Autograd calls the `backward` of a `Function` through this, be there decorators between; and `checkpoint` runs a part
# of the call again from that file.
APPLIES, AGAIN = autograd_function.BackwardCFunction.apply.__code__, checkpoint.__file__


def by_autograd(caller: FrameTracer | None) -> bool:
    """Whether autograd is what calls: nobody does, or torch's wrapper of a hook, which belongs to no module's call."""
    return caller is None or not (caller.plan.own or caller.call is not None)


def role_in_backward(frame: FrameType, own: bool) -> Literal["hook", "function", "other"]:
    """What a frame that autograd calls is.

    own: whether the code is not torch's: of torch's own, none is a hook that somebody registered.
    """
    below = frame.f_back
    while below is not None and below.f_code.co_filename != AGAIN:
        if below.f_code is APPLIES:
            return "function"
        below = below.f_back
    return "hook" if own and below is None else "other"
