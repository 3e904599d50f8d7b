"""The garbage collector is held back for a while, and is afterwards as it was."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
import torch

from explorer import Experiment, observe, observe_call
from explorer.catalog import ENTRIES
from explorer.record.lazy import LazySequence
from explorer.runtime.garbage import SELDOM, without_collections, without_full_collections


@pytest.fixture(autouse=True)
def collector_as_it_was() -> Iterator[None]:
    on, thresholds = gc.isenabled(), gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    (gc.enable if on else gc.disable)()


@pytest.mark.parametrize("on", [True, False])
def test_a_pause_ends_as_it_began(on: bool) -> None:
    (gc.enable if on else gc.disable)()
    with without_collections():
        assert not gc.isenabled()
        with without_collections():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() is on


def test_a_pause_ends_with_the_last_thread_that_made_one() -> None:
    gc.enable()
    first, second = without_collections(), without_collections()
    first.__enter__()
    second.__enter__()
    thread = Thread(target=lambda: first.__exit__(None, None, None))
    thread.start()
    thread.join()
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_pause_ends_where_something_is_raised() -> None:
    gc.enable()
    with pytest.raises(KeyError), without_collections():
        raise KeyError
    assert gc.isenabled()


@pytest.mark.parametrize("thresholds", [(700, 10, 10), (5, 3, 0), (0, 10, 10), (50_000, 20, 100)])
def test_thresholds_are_put_back(thresholds: tuple[int, int, int]) -> None:
    gc.set_threshold(*thresholds)
    before = gc.get_threshold()
    with without_full_collections():
        assert gc.get_threshold()[:2] == before[:2], "young objects are collected as before"
        assert gc.get_threshold()[2] >= SELDOM
    assert gc.get_threshold() == before
    observe(Experiment(model="simple"))
    assert gc.get_threshold() == before
    observe_call(torch.neg, torch.zeros(2))
    assert gc.get_threshold() == before


def test_a_threshold_that_the_call_sets_stays() -> None:
    def model(x: torch.Tensor) -> torch.Tensor:
        gc.set_threshold(900, 7, 7)
        return x + 1

    observe_call(model, torch.zeros(2))
    assert gc.get_threshold()[0] == 900


def test_a_recorded_call_finds_the_collector_on_and_can_collect() -> None:
    gc.enable()
    found: list[bool] = []

    def model(x: torch.Tensor) -> torch.Tensor:
        found.append(gc.isenabled())
        gc.collect()
        return x + 1

    assert observe_call(model, torch.zeros(2)).error is None
    assert found == [True]


def test_nothing_is_collected_while_a_sequence_is_made() -> None:
    gc.enable()
    assert list(LazySequence(lambda: (gc.isenabled(),))) == [False]
    assert gc.isenabled()


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("key", list(ENTRIES))
def test_a_record_that_is_let_go_is_gone_at_once(key: str, backward: bool) -> None:
    """A loop of references would keep all that a run made until the collector comes."""
    experiment = Experiment(model=key, backward=backward)
    observe(experiment)  # what torch and the explorer keep of a first run, they keep
    assert _kinds_in_loops(lambda: observe(experiment)) == set()


@pytest.mark.parametrize("raised_in", ["forward", "hook", "caught", "comprehension", "builtin"])
def test_a_call_that_raises_is_gone_at_once_too(raised_in: str) -> None:
    model = Raising(raised_in)
    assert _kinds_in_loops(lambda: observe_call(model, torch.zeros(2))) == set()


class Raising(torch.nn.Module):
    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        if where == "hook":
            self.register_forward_hook(lambda module, args, output: output.no_such)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.where == "forward":
            raise KeyError(1)
        if self.where == "comprehension":
            return [each.no_such for each in x]  # type: ignore[return-value]
        if self.where == "builtin":
            return x @ torch.ones(3)
        if self.where == "caught":
            try:
                raise KeyError(1)
            except KeyError:
                pass
        return x


def _kinds_in_loops(make: Callable[[], object]) -> set[str]:
    """Return the names of the explorer's classes of which objects are left when what is made is let go."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        make()
        gc.collect()
        kinds = {type(each) for each in gc.garbage}
        return {kind.__name__ for kind in kinds if kind.__module__.startswith(("explorer.capture", "explorer.record"))}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
