"""Python's recursion limit: the frames of the recording must not use up what the caller's code has of it.

The limit counts every frame on the stack, those of `observe_call` and of a trace function among them, and while the
call runs it is higher by these. Where a frame begins that a bare call would not have let begin, RecursionError is
raised in it. So the caller's code fails at the depth at which it fails in a bare call.

Until Python 3.11 a call of a builtin counts as well: in the last frame that fits it is refused. What counts beside it,
as an operator or a class that is called, may still succeed there where it fails in a bare call.
`sys.getrecursionlimit()` gives the higher limit where the call came near to it before.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from types import TracebackType
from typing import Any

SPARE = 24  # levels that a trace function and a dispatch mode need to begin with, before they can make room
ROOM = 600  # levels that they have then; reading a source file's syntax tree takes the most
# Levels from the limit at which they begin to make room: a trace function, which is called more often and needs fewer,
# and a dispatch mode.
NEAR, NEAR_FOR_OPERATION = 32, 60
# Of a frame that asks for its depth: `sys.setrecursionlimit`, up to Python 3.11 a builtin that counts, is told with it.
_BUILTINS_COUNT = sys.version_info < (3, 12)


def _ladder(steps: int) -> Any:
    """Return a class in a tuple in a tuple, so many of these."""
    built: Any = int
    for _ in range(steps):
        built = (built,)
    return built


# `isinstance(None, LADDER)` raises RecursionError where the limit is near, and is the quickest way to ask that.
# Since Python 3.12 builtins do not count, so it is always False: there a trace function may be lost at the limit,
# which is found at the next operation.
LADDER = _ladder(NEAR if _BUILTINS_COUNT else 0)
LADDER_FOR_OPERATION = _ladder(NEAR_FOR_OPERATION if _BUILTINS_COUNT else 0)


def depth() -> int:
    """Return how deep the frame that asks stands, as Python counts for its limit."""
    try:
        sys.setrecursionlimit(1)  # refused, and with the depth in the message
    except RecursionError as refused:
        words = str(refused).replace(":", " ").split()
        return int(words[words.index("depth") + 1]) - 1 - _BUILTINS_COUNT
    return 1  # only the outermost frame of a thread


class RecursionRoom:
    """Keeps the caller's recursion limit while frames of ours are on the stack; enter it around the call."""

    def __init__(self) -> None:
        self.depth_outside = 0  # how deep the frame stands that would make the bare call
        self.around: RoomAround | None = None  # room that was made around the call
        self.refuses = True  # False where a trace function of another kind stands between
        self._added = 0  # frames between that one and the call
        self._meaning: dict[int, int] = {}  # a limit that was set here → the one that the caller means

    def __enter__(self) -> RecursionRoom:
        self._added = depth() - self.depth_outside  # the frame that makes the call will be as deep as this one
        self._set(sys.getrecursionlimit() if self.around is None else self.around.limit)
        return self

    def __exit__(self, *raised: object) -> None:
        # Where the call set a limit of its own, that one stays, as after a bare call.
        now = sys.getrecursionlimit()
        meant = self._meaning.get(now, now)
        if self.around is not None:
            self.around.limit = meant
            sys.setrecursionlimit(meant + ROOM)
        elif meant != now:
            sys.setrecursionlimit(meant)

    def too_deep_by(self, frame_depth: int) -> int:
        """Return by how many levels a frame is deeper than a bare call would let it be; 0 or less where it is not."""
        if not self.refuses:
            return -1
        now = sys.getrecursionlimit()
        if now not in self._meaning:  # the call has set it
            self._set(now)
        return frame_depth - self._added - self._meaning[sys.getrecursionlimit()]

    def show_limit(self) -> None:
        """Have the limit be what the caller knows, for a function that reads it, until a frame comes near to it."""
        meant = self._meaning.get(sys.getrecursionlimit())
        if meant is not None:
            with suppress(RecursionError):  # refused where the stack is deeper already
                sys.setrecursionlimit(meant)

    def _set(self, meant: int) -> None:
        higher = meant + self._added + SPARE
        self._meaning[higher] = meant
        sys.setrecursionlimit(higher)


def refusal(levels: int, function: str) -> RecursionError:
    """Return the exception that Python raises where the call of a function does not fit by so many levels."""
    where = " while calling a Python object" if levels > 1 else ""
    if levels == 1 and function in ("__instancecheck__", "__subclasscheck__"):
        where = f" in {function}"
    return RecursionError("maximum recursion depth exceeded" + where)


def make_room() -> int:
    """Raise the limit for what follows; return the one to be given back."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + ROOM)
    return limit


give_back = sys.setrecursionlimit


class RoomAround:
    """Makes room for what prepares a call, and for what reads it afterwards; enter it around both.

    The call itself has the caller's limit (`RecursionRoom`), and a limit that it set stays.
    """

    def __enter__(self) -> RoomAround:
        self.limit = make_room()  # the caller's
        return self

    def __exit__(self, *raised: object) -> None:
        give_back(self.limit)


def cut_traceback(traceback: TracebackType | None) -> bool:
    """Cut the frames that raised in a frame's name off a traceback, and the frame that they refused to let begin.

    Returns whether there were some.
    """
    while traceback is not None and (following := traceback.tb_next) is not None:
        after = following.tb_next
        if _is_ours(following) or (after is not None and _is_ours(after) and after.tb_frame.f_code.co_name == "trace"):
            traceback.tb_next = None
            return True
        traceback = following
    return False


def _is_ours(traceback: TracebackType) -> bool:
    return str(traceback.tb_frame.f_globals.get("__package__")).startswith(__package__)
