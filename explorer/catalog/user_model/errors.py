"""Why a model of the reader's own cannot be used."""

from __future__ import annotations


class UserModelError(ValueError):
    """The request cannot be followed, or the code that it names raised; the message says what to do."""
