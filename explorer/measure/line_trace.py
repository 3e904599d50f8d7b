"""Which lines run in a call, by a tracer that shares nothing with the recorder.

It knows no statements, frames or values: each line event of a file is one line. So what it finds can be held against
what the recorder says.
"""

from __future__ import annotations

import site
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import torch

Lines = dict[str, set[int]]  # file → its lines that ran

_TORCH = str(Path(torch.__file__).parent) + "/"
_SHOWN = (_TORCH + "nn/modules/", _TORCH + "nn/functional.py")
_EXPLORER = str(Path(__file__).parents[1]) + "/"
_CATALOG = _EXPLORER + "catalog/"
_LIBRARIES = (
    _TORCH, _EXPLORER, "<", sys.base_prefix + "/lib", *(path + "/" for path in sysconfig.get_paths().values()),
    *(path + "/" for path in (*site.getsitepackages(), site.getusersitepackages())),
)  # fmt: skip


class LineTrace:
    """A trace function for one call, and the lines that it was told of."""

    def __init__(self, also: frozenset[str]) -> None:
        """also: files that are to be traced wherever they are, as those of an installed package's model."""
        self.lines: Lines = {}
        self._also = also
        self._tracers: dict[str, Callable[..., Any] | None] = {}

    def trace(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        """Trace a frame that begins; this is the thread's global trace function."""
        file = frame.f_code.co_filename
        if file not in self._tracers:
            self._tracers[file] = self._tracer_of(file) if self._is_shown(file) else None
        tracer = self._tracers[file]
        return None if tracer is None or _is_compiling(frame) else tracer

    def _is_shown(self, file: str) -> bool:
        return file in self._also or file.startswith((*_SHOWN, _CATALOG)) or not file.startswith(_LIBRARIES)

    def _tracer_of(self, file: str) -> Callable[..., Any]:
        def trace(frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
            if event == "line":
                self.lines.setdefault(file, set()).add(frame.f_lineno)
            return trace

        return trace


def _is_compiling(frame: FrameType | None) -> bool:
    """Return whether a frame runs inside torch's compiler while that compiles: this is not the call."""
    compiler = sys.modules.get("torch._dynamo.convert_frame")
    while compiler is not None and frame is not None:
        if frame.f_code.co_filename == compiler.__file__:
            return True
        frame = frame.f_back
    return False
