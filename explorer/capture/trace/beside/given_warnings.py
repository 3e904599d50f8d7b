"""The warnings that a call gives.

Python's `warnings` decides by filters and registries whether a warning is to be shown, and then calls a function in
Python with it. That function's frame is looked at, so filters and registries are what they are in a bare call.
"""

from __future__ import annotations

from types import FrameType

from explorer.capture.trace.running_call import RunningCall
from explorer.record.warning import GivenWarning
from explorer.runtime.plain_reads import message_of, name_of_class, well_formed
from explorer.torch_source.files import is_torch_file

MESSAGE_LENGTH = 400  # characters of a message that are kept


class GivenWarnings:
    """Writes down the warnings of one call."""

    def __init__(self, running: RunningCall) -> None:
        self.given: list[GivenWarning] = []
        self._running = running

    def look_at(self, frame: FrameType) -> None:
        """Write down the warning that a frame of `warnings._showwarnmsg` is about to show."""
        shown = frame.f_locals.get("msg")
        kind = getattr(shown, "category", None)
        if shown is None or not isinstance(kind, type):
            return
        giver = frame.f_back
        by_torch = giver is not None and is_torch_file(giver.f_code.co_filename)
        text = _text(shown.message)
        step = len(self._running.tape) - 1
        self.given.append(
            GivenWarning(name_of_class(kind), text, str(shown.filename), int(shown.lineno), step, by_torch)
        )


def _text(message: object) -> str:
    """Return a warning's text. The class of it may be the caller's: no code of that is run."""
    text = message_of(message) if isinstance(message, BaseException) else message if type(message) is str else ""
    return well_formed(text)[:MESSAGE_LENGTH]
