"""Warnings of torch's compiler and tracer are for the author of a model, and not for the server's log."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_warnings() -> Iterator[None]:
    """Run without torch's warnings. It is about the whole process: call it inside `exclusive()`."""
    logger = logging.getLogger("torch._dynamo")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            logger.setLevel(level)
