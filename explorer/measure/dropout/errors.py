"""What a study raises."""

from __future__ import annotations


class StudyError(ValueError):
    """The study cannot be made; the message says why and what to do."""
