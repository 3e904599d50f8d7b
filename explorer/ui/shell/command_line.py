"""The app's command line: `streamlit run app.py -- --model package.module:factory --input 1x3x28x28`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from explorer.catalog.user_model import ModelRequest, UserModelError, read_request

USAGE = "streamlit run app.py -- --model package.module:factory --input 1x3x28x28"


def requested_model(command: Sequence[str], script: str | Path) -> ModelRequest | None:
    """Return the model that a process with this `sys.argv` asks for; None where it asks for none.

    script: the app's script. Where another program runs, a test for example, its arguments are not the app's.

    Raises UserModelError where the arguments are not of the form of `USAGE`.
    """
    if not command or Path(command[0]).resolve() != Path(script).resolve():
        return None
    return read_arguments(command[1:])


def read_arguments(arguments: Sequence[str]) -> ModelRequest | None:
    """Return the model that the script's arguments ask for; None where they ask for none.

    Raises UserModelError where they are not of the form of `USAGE`.
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--model", action="append", default=[])
    parser.add_argument("--input", action="extend", nargs="+", default=[])
    given = parser.parse_args(arguments)
    if not given.model and not given.input:
        return None
    if not given.model:
        raise UserModelError(f"--input says what to call, but no --model is named. Write `{USAGE}`")
    if len(given.model) > 1:
        raise UserModelError(f"--model is there {len(given.model)} times, and one model can be named. Write `{USAGE}`")
    request = read_request(given.model[0], given.input)
    if not request.inputs:
        raise UserModelError(f"--model needs at least one --input to be called with. Write `{USAGE}`")
    return request


class _Parser(argparse.ArgumentParser):
    """A parser that raises what is wrong instead of ending the process, which is the server's."""

    def error(self, message: str) -> NoReturn:
        raise UserModelError(f"The arguments of the script are not understood: {message}. Write `{USAGE}`")
