"""Functions of Python's library that tell of a warning, a thread or a process: their frames are looked at.

A trace function is told of every Python function that begins, and these stand on the way of what they do. So nothing
has to be put in their place, nor in Python's lists of warning filters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType, FrameType, MappingProxyType

# Qualified name → how the names of the files end that may define it.
_FILES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "_showwarnmsg": ("/warnings.py", "/_py_warnings.py"),
        "Thread.start": ("/threading.py",),
        "ThreadPoolExecutor.submit": ("/concurrent/futures/thread.py",),
        "BaseProcess.start": ("/multiprocessing/process.py",),
        "Popen.__init__": ("/subprocess.py",),
    }
)


def watched_name(code: CodeType) -> str | None:
    """Return the qualified name of a function that is watched; None for any other."""
    name = code.co_qualname
    endings = _FILES.get(name)
    return name if endings is not None and code.co_filename.endswith(endings) else None


class FunctionWatch:
    """Calls a function for each frame of one code object that begins; its lines are not traced."""

    __slots__ = ("trace",)

    def __init__(self, look_at: Callable[[FrameType], None]) -> None:
        self.trace = look_at
