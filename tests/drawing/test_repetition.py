"""What repeats in a sequence, against the definition of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from explorer.drawing import repetition
from explorer.drawing.repetition import LEAST_SAVED, Run, runs

KEYS = st.one_of(
    st.lists(st.integers(0, 2), max_size=80),
    st.tuples(st.lists(st.integers(0, 3), min_size=1, max_size=7), st.integers(1, 30)).map(
        lambda pair: pair[0] * pair[1]
    ),
)


def test_a_block_between_other_items() -> None:
    assert runs([9, 1, 2, 1, 2, 1, 2, 9, 9]) == [Run(1, 2, 3)]
    assert runs([5] * 1000) == [Run(0, 1, 1000)]
    assert runs([1, 2, 3, 4]) == []


@given(KEYS)
def test_each_run_repeats_its_block_and_none_overlap(keys: list[int]) -> None:
    found = runs(keys)
    end = 0
    for run in found:
        assert run.start >= end
        end = run.start + run.length * run.times
        assert end <= len(keys)
        block = keys[run.start : run.start + run.length]
        assert keys[run.start : end] == block * run.times
        assert (run.times - 1) * run.length >= LEAST_SAVED
    assert len({run.length for run in found}) <= 1, "one length at a time, the shortest"


@given(KEYS, st.integers(1, 8))
def test_numpy_finds_the_same_as_python(keys: list[int], length: int) -> None:
    if length < len(keys):
        assert repetition._stretches(keys, length) == repetition._stretches_of_many(keys, length)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=6), st.integers(5, 60))
def test_what_is_repeated_whole_is_found(block: list[int], times: int) -> None:
    found = runs(block * times)
    assert found
    assert len(block) % found[0].length == 0 or found[0].length <= len(block)
