"""Gather what a recorder did not record, and knows of."""

from __future__ import annotations

from operator import attrgetter

from explorer.capture.trace.recorder import Recorder
from explorer.record import Unrecorded


def unrecorded_by(recorder: Recorder) -> tuple[Unrecorded, ...]:
    """Return what is not among the steps, in the order in which it began."""
    found = [*recorder.running.gaps.found, *recorder.threads.found, *recorder.without_source.values()]
    return tuple(sorted(found, key=attrgetter("step")))


def notes_on_edited_files(recorder: Recorder) -> list[str]:
    """Return a sentence for each file whose text is not what ran."""
    return [
        f"`{file}` was changed after it was loaded: its text is not what ran, so nothing of it is shown."
        for file in sorted(recorder.edited_files)
    ]
