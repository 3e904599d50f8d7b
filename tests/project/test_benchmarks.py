"""The measuring itself: pairs in turn, medians, verdicts as measured, and the tables' place in the README."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from torch import nn

from benchmarks import aligning, documents, growing, observing, repeating
from benchmarks.growing_models import MODELS, TEXTS
from benchmarks.pairs import WARM, Pairs, compare
from benchmarks.row import Row, Table, milliseconds, times, worst_of_each
from explorer import Experiment
from explorer.catalog import ENTRIES


class Clock:
    """Stands still until work is done."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[str] = []

    def __call__(self) -> float:
        return self.now

    def worker(self, name: str, seconds: Iterator[float]) -> Callable[[], None]:
        def work() -> None:
            self.log.append(name)
            self.now += next(seconds)

        return work


def test_pairs_are_taken_in_turn_and_the_first_are_not_counted():
    clock = Clock()
    warm = [100.0] * WARM
    ours = clock.worker("A", iter([*warm, 3.0, 8.0, 5.0]))
    bare = clock.worker("B", iter([*warm, 1.0, 2.0, 5.0]))
    pairs = compare(ours, bare, pairs=3, clock=clock)
    assert "".join(clock.log) == "AB" * (WARM + 3)
    assert pairs.ours == (3.0, 8.0, 5.0)
    assert pairs.ratios == (3.0, 4.0, 1.0)


def test_the_ratio_is_the_median_of_ratios_not_the_ratio_of_medians():
    pairs = Pairs(ours=(2.0, 30.0, 4.0, 9.0, 5.0), bare=(1.0, 10.0, 1.0, 9.0, 1.0))
    assert pairs.ratio == 3.0  # of 2, 3, 4, 1, 5; the medians are 5 and 1
    assert pairs.spread == (2.0, 4.0)
    assert times(pairs) == "3.00 (2.00 to 4.00)"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0000123, "0.0123"), (0.00456, "4.56"), (0.0123, "12.3"), (0.789, "789"), (1.2, "1200")]
)
def test_milliseconds_can_be_read(seconds: float, text: str):
    assert milliseconds(seconds) == text


def test_a_missed_goal_is_told():
    text = Table("T", ("a",), (Row(("1",), "< 2", "1", 0.5), Row(("3",), "< 2", "3", 1.5))).markdown()
    assert "| 1 | < 2 | met |" in text
    assert "| 3 | < 2 | **missed** |" in text


def test_the_short_table_tells_the_row_that_came_nearest_to_missing_its_goal():
    near, far, free = Row(("near",), "< 2 ms", "1.9 ms", 0.95), Row(("far",), "< 2 ms", "1 ms", 0.5), Row(("free",))
    tables = [Table("First", ("a",), (far, near, free)), Table("Second", ("a",), (free,))]
    lines = worst_of_each(tables).splitlines()
    assert lines[2:] == ["| First: near | 1.9 ms | < 2 ms | met |"]
    missed = worst_of_each([Table("T", ("a",), (far, Row(("slow",), "0", "3", 2.0)))])
    assert missed.splitlines()[2:] == ["| T: slow | 3 | 0 | **missed** |"]


def test_the_tables_take_the_place_of_the_last_ones(tmp_path: Path):
    text = f"above\n{documents.BEGIN}\nold\n{documents.END}\nbelow\n"
    once = documents.put("new\n", text)
    assert once == f"above\n{documents.BEGIN}\nnew\n{documents.END}\nbelow\n"
    assert documents.put("new", once) == once
    with pytest.raises(ValueError, match="once each"):
        documents.put("new", "no markers")
    readme, speed = tmp_path / "README.md", tmp_path / "speed.md"
    readme.write_text(text)
    speed.write_text(text)
    documents.write("a machine", [Table("T", ("a",), (Row(("1",), "< 2", "1 ms", 0.5), Row(("2",))))], readme, speed)
    assert readme.read_text().count("| T: 1 | 1 ms | < 2 | met |") == 1
    assert "| 2 |" not in readme.read_text()
    assert "a machine" in speed.read_text()
    assert "| 2 |" in speed.read_text()


def test_the_bare_call_is_the_call_that_is_observed():
    experiment = Experiment(model="dropout", grad="no_grad")
    with observing.bare(experiment) as call:
        output = call()
    assert list(output.shape) == [1, 3]
    assert not output.requires_grad
    with observing.bare(Experiment(model="checkpoint")) as call:
        assert "not callable" in str(call())


@pytest.mark.parametrize("call", ["call", "forward"])
def test_nothing_of_ours_is_in_the_bare_call(call: Literal["call", "forward"]):
    """A wrapper in Python takes as long as the call of `function`."""
    with observing.bare(Experiment(model="simple", call=call)) as bare:
        assert isinstance(bare, partial)  # written in C
        model = getattr(bare.func, "__self__", bare.func)
        assert isinstance(model, nn.Module)
        assert bare.func == (model if call == "call" else model.forward)


@pytest.mark.slow
def test_each_measurement_gives_a_row_for_each_run():
    assert len(observing.resnet18("few", pairs=2).rows) == 2
    others = [key for key in ENTRIES if key != "resnet18"]
    assert [row.cells[0] for row in observing.others(pairs=2).rows] == others
    assert [row.cells[0] for row in repeating.studies(calls=20, pairs=2).rows] == ["enabled", "no_grad"]
    assert [row.cells[0] for row in aligning.comparisons(pairs=2).rows] == list(aligning.MODELS)
    rows = growing.growth(sizes=(10, 20), turns=1).rows
    assert {row.cells[0] for row in rows} == {*MODELS, *TEXTS} - {"nested"}
