"""Warnings of an experiment: each run of it gives the same, and none of them goes to the server's log.

Python shows most warnings once for each place, and torch some of its own once for the process. So the second of two
equal runs would give fewer.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

_ONCE = ("default", "module", "once")  # the actions that show a warning no second time


@contextmanager
def every_warning() -> Iterator[None]:
    """Give each warning that the filters let pass, each time, and show none of this thread.

    It is about the whole process: call it inside `exclusive()`.
    """
    always, thread = torch.is_warn_always_enabled(), threading.get_ident()
    with warnings.catch_warnings():
        kept = list(warnings.filters)
        warnings.resetwarnings()
        for action, message, category, module, line in kept:
            again: Any = "always" if action in _ONCE else action
            warnings.filters.append((again, message, category, module, line))  # type: ignore[attr-defined]
        warnings.simplefilter("always", append=True)
        show = warnings.showwarning

        def show_of_other_threads(*given: Any, **more: Any) -> None:
            if threading.get_ident() != thread:
                show(*given, **more)

        warnings.showwarning = show_of_other_threads
        torch.set_warn_always(True)
        try:
            yield
        finally:
            torch.set_warn_always(always)
