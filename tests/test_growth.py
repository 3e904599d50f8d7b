"""A call of twice the length takes twice the work, counted and not timed: calls of functions, and characters."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.growing_models import MODELS, TEXTS, from_text
from tests.helpers.growing import work

AT_MOST = 2.1
SIZE = 60


@pytest.mark.slow
@pytest.mark.parametrize("name", [*MODELS, *TEXTS])
def test_twice_the_length_is_twice_the_work(name: str, tmp_path: Path) -> None:
    make = MODELS[name] if name in MODELS else from_text(TEXTS[name], tmp_path)
    work(make(4))  # what is read once in a process is read
    short, middle, long = (work(make(number)) for number in (SIZE, 2 * SIZE, 4 * SIZE))
    for less, more in ((short, middle), (middle, long)):
        for field in short._fields:
            one, two = getattr(less, field), getattr(more, field)
            assert two / one <= AT_MOST, f"{field}: {one} → {two}"
