"""What is wrong with the model that the command line names."""

from __future__ import annotations


class UserModelError(ValueError):
    """The command line cannot be followed, or what it names raised; the message says what to do."""
