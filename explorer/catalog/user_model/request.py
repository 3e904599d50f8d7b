"""What is asked for: a model to import, `package.module:factory`, and the inputs to call it with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from explorer.catalog.user_model.inputs import UserInput, UserModelError, read_input

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
        """The two names as they are written: "mypackage.mymodule:factory"."""
        return f"{self.module}:{self.attribute}"


def read_request(target: str, inputs: Iterable[str]) -> ModelRequest:
    """Return the request that these texts stand for; nothing is imported yet.

    target: a module, a colon, and a name in it: "mypackage.mymodule:factory".
    inputs: one text for each positional argument of the call, see `read_input`.

    Raises UserModelError where a text is of another form.
    """
    names = TARGET.fullmatch(target)
    if names is None:
        raise UserModelError(
            f"--model {target[:80]!r} names nothing to import. Write the module, a colon, and a name in it: "
            "`--model package.module:factory`"
        )
    return ModelRequest(names[1], names[2], tuple(map(read_input, inputs)))
