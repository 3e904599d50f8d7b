"""The reader's own model, named on the app's command line: `streamlit run app.py -- --model package.module:factory`.

Only that can name it. No link, no control and no other program that uses the explorer leads here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from explorer.catalog.user_model.arguments import read_arguments
from explorer.catalog.user_model.errors import UserModelError
from explorer.catalog.user_model.loading import USER_MODEL, UserModel, load

__all__ = ["USER_MODEL", "UserModel", "UserModelError", "own_of", "refusal", "user_model"]

APP = Path(__file__).resolve().parents[3] / "app.py"


def user_model() -> UserModel | None:
    """The own model of this process; None where its command line names none, or none that can be used."""
    found = _of_this_process()
    return found if isinstance(found, UserModel) else None


def refusal() -> str | None:
    """Why the command line of this process cannot be followed; None where it can."""
    found = _of_this_process()
    return str(found) if isinstance(found, UserModelError) else None


def own_of(command: Sequence[str]) -> UserModel | None:
    """The own model of a process with this `sys.argv`; None where it is not the app, or names none.

    Raises OwnModelError.
    """
    if not command or Path(command[0]).resolve() != APP:
        return None  # arguments of somebody else's program
    asked = read_arguments(command[1:])
    return None if asked is None else load(asked)


@cache
def _of_this_process() -> UserModel | UserModelError | None:
    """Read once: a process has one command line, and a model that was refused is imported no second time."""
    try:
        return own_of(sys.argv)
    except UserModelError as error:
        return error.with_traceback(None)
