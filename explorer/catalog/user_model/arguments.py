"""The script's arguments: `--model package.module:factory --input 1x3x28x28`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from explorer.catalog.user_model.errors import UserModelError
from explorer.catalog.user_model.inputs import UserInput, read_input

USAGE = "streamlit run app.py -- --model package.module:factory --input 1x3x28x28"
DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
TARGET = re.compile(f"({DOTTED}):({DOTTED})")


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A model to import, and what to call it with."""

    module: str  # "mypackage.mymodule"
    attribute: str  # "factory", or dotted: "Net.small"
    inputs: tuple[UserInput, ...]

    @property
    def target(self) -> str:
        return f"{self.module}:{self.attribute}"


def read_arguments(arguments: Sequence[str]) -> ModelRequest | None:
    """What the arguments ask for; None where there are none.

    Raises OwnModelError where they are not of the form of USAGE.
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
    target = TARGET.fullmatch(given.model[0])
    if target is None:
        raise UserModelError(
            f"--model {given.model[0][:80]!r} names nothing to import. Write the module, a colon, and a name in it: "
            "`--model package.module:factory`"
        )
    if not given.input:
        raise UserModelError(f"--model needs at least one --input to be called with. Write `{USAGE}`")
    return ModelRequest(target[1], target[2], tuple(map(read_input, given.input)))


class _Parser(argparse.ArgumentParser):
    """Says what is wrong instead of ending the process, which is the server's."""

    def error(self, message: str) -> NoReturn:
        raise UserModelError(f"The arguments of the script are not understood: {message}. Write `{USAGE}`")
