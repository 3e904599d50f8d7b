"""`Module.__getattr__`, which runs at nearly every attribute that a model reads: its lines are marked, no more.

Once each of its lines was seen in this run but those of its `return` and `raise` statements, a line event can tell
nothing new, so none is asked for any more. What is left is told by the event of the statement itself: a return
stands at its line, and an exception marks the statement that raised it.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any

from explorer.capture.trace.tape import Tracer
from explorer.torch_source.statements import parse_file, statement_text


class GetattrTracer:
    """Trace functions for the frames of one code object. For one run."""

    def __init__(self, code: CodeType, executed: set[int]) -> None:
        """executed: the lines of its file that ran; added to."""
        self._executed, self._file = executed, code.co_filename
        self._statements = parse_file(code.co_filename).statements
        self._lines = {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
        self._unseen = {line for line in self._lines if not self._ends_frame(line)} - executed

    def trace(self, frame: FrameType) -> Tracer:
        """Return the trace function of a frame that begins."""
        if self._unseen:
            return self._trace_lines
        frame.f_trace_lines = False
        return self._trace_end

    def _trace_lines(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        if event == "line":
            self._executed.add(frame.f_lineno)
            self._unseen.discard(frame.f_lineno)
        return self._trace_lines

    def _trace_end(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        if event == "return":
            self._executed.add(frame.f_lineno)
        elif event == "exception":
            statement = self._statements.get(frame.f_lineno)
            if statement is not None:
                self._executed.update(self._lines & set(range(statement.first, statement.last + 1)))
        return self._trace_end

    def _ends_frame(self, line: int) -> bool:
        """Return whether the line is a return on one line, or of a statement that raises."""
        statement = self._statements.get(line)
        if statement is None:
            return False
        text = statement_text(self._file, (statement.first, statement.last))
        return text.startswith("raise ") or (text.startswith("return ") and statement.first == statement.last)
