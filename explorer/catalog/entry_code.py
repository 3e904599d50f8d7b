"""The code of an entry, as the page shows it."""

from __future__ import annotations

import inspect
from functools import cache
from textwrap import dedent

from explorer.catalog.entries import entry


@cache
def shown_code(key: str) -> str:
    """Return the entry's classes and functions in reading order, two empty lines between them, one newline at the end.

    Empty where the code of the reader's own model cannot be read.

    Raises KeyError for an unknown key.
    """
    return "\n\n".join(dedent(inspect.getsource(part)) for part in entry(key).shown_code)
