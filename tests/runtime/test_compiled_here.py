"""The way in "compile": its first call leaves the model as it was, and what it compiles is gone afterwards."""

import gc
import linecache
import sys

import pytest
import torch
import torch._dynamo
from torch import nn
from torch._C._dynamo.eval_frame import (
    _debug_get_cache_entry_list,
    _get_cache_entries_for_region,
    _get_total_cache_entry_count,
)
from torch._dynamo import convert_frame, pgo, utils

from explorer import Experiment, observe
from explorer.catalog import build, example_inputs
from explorer.experiment import Hook
from explorer.runtime.entry_modes import compiled
from explorer.runtime.isolation import isolated
from tests.runtime.test_compiled_by_caller import Counting

HERE = Experiment(model="cnn", entry_mode="compile", training=False)


@pytest.fixture(autouse=True)
def nothing_compiled():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


# ---- what the caller compiled stays


def callers():
    """A model of the class that is run here too, and another one: compiled, and called once."""
    backend = Counting()
    pairs = [(build(key).eval(), example_inputs(key)) for key in ("cnn", "simple")]
    for model, inputs in pairs:
        model.compile(backend=backend)
        model(*inputs)
    assert backend.count == len(pairs)
    return backend, pairs


def test_what_the_caller_compiled_is_still_used():
    backend, pairs = callers()
    refused = Experiment(model="cnn", entry_mode="compile", size=32)
    for experiment in (HERE, refused, Experiment(model="simple", entry_mode="compile")):
        observe(experiment)
        for model, inputs in pairs:
            model(*inputs)
        assert backend.count == len(pairs)


def test_what_the_caller_compiled_does_not_change_the_record():
    alone = observe(HERE)
    callers()
    assert observe(HERE) == alone


def test_torchs_notes_on_what_the_caller_compiled_stay():
    callers()
    before = notes()
    observe(HERE)
    observe(Experiment(model="cnn", entry_mode="compile", size=32))
    assert notes() == before


def notes():
    """What torch keeps of compiling, of the process."""
    return {
        "seen": convert_frame.input_codes.seen_ids.copy(),
        "made": convert_frame.output_codes.seen_ids.copy(),
        "frames": convert_frame.FRAME_COUNTER,
        "compilations": convert_frame.FRAME_COMPILE_COUNTER.copy(),
        "profile": dict(pgo._CODE_STATE or {}),
        "warnings": set(utils.warn_once_cache),
        "failures": {code: list(found) for code, found in utils.guard_failures.items()},
        "breaks": len(utils.graph_break_reasons),
    }


def left_in_modules():
    """What compiled code is called by, and its graphs as Python; that of earlier tests may go at any time."""
    module = sys.modules[type(build("cnn")).__module__]
    names = {name for name in vars(module) if name.startswith("__compiled_fn")}
    return names | {file for file in linecache.cache if file.startswith("<eval_with_key>")}


# ---- nothing piles up


def test_nothing_piles_up():
    # Where torch compiles `forward` in parts, it keeps those itself, whatever it is asked to forget.
    kinds = (HERE, Experiment(model="cnn", entry_mode="compile", hooks=(Hook("fc1", "observe"),)))
    for experiment in kinds:
        observe(experiment)
    gc.collect()
    before, left, guards = notes(), left_in_modules(), guards_alive()
    for _ in range(5):
        for experiment in kinds:
            observe(experiment)
    gc.collect()
    assert notes() == before
    assert left_in_modules() <= left
    assert _get_total_cache_entry_count(type(build("cnn")).forward.__code__) == 0
    assert guards_alive() == guards  # torch would keep them as long as the functions that they are about


def guards_alive():
    kinds = ("CheckFunctionManager", "GuardManagerWrapper")
    return sum(type(item).__name__ in kinds for item in gc.get_objects())


def test_of_code_that_the_caller_compiled_too_only_an_empty_entry_stays():
    """torch cannot take one entry out of several."""
    callers()
    code = type(build("cnn")).forward.__code__
    (entry,) = _get_cache_entries_for_region(code, -1)
    for _ in range(3):
        observe(HERE)
    assert _get_total_cache_entry_count(code) == 1 + 3
    assert len(_get_cache_entries_for_region(code, -1)) == 1
    assert entry.code is not None
    assert [len(found.code.co_code) for found in _debug_get_cache_entry_list(code) if found.code is not None] == [
        len(entry.code.co_code)
    ]


# ---- the first call leaves the model and its inputs as they were


class Keeping(nn.Module):
    """Has state of every kind that a module can hold, and writes into its input."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2))
        self.tied = self.weight
        self.register_buffer("total", torch.zeros(2))
        self.n, self.seen, self.loose = 0, [], torch.zeros(2)
        self.inner = nn.Dropout(0.5)

    def forward(self, x):
        x.add_(1)
        with torch.no_grad():
            self.weight.add_(1)
            self.total.add_(x)
            self.loose.add_(1)
        self.n += 1
        self.seen.append(self.n)
        self.last = self.inner(x)
        return self.last * self.weight


def called(how):
    model, x = Keeping(), torch.zeros(2)
    with isolated(seed=1):
        if how == "compiled":
            with compiled(model, (x,), {}, lambda args, kwargs: model(*args, **kwargs)):
                value = model(x)
        else:
            value = model(x)
    return value.tolist(), x.tolist(), model.weight.tolist(), model.total.tolist(), model.loose.tolist(), (
        model.n, model.seen, model.last.tolist(), x._version, model.weight._version, model.tied is model.weight
    )  # fmt: skip


def test_the_recorded_call_is_the_first_that_the_model_knows_of():
    assert called("compiled") == called("plainly")


def test_what_cannot_be_copied_is_left_where_it_is():
    model = nn.Linear(2, 2)
    model.held = held = (item for item in ())
    with isolated(), compiled(model, (torch.ones(1, 2),), {}, lambda args, kwargs: model(*args, **kwargs)):
        assert model.held is held
    assert model._compiled_call_impl is None


def test_a_lazy_model_is_lazy_again():
    model = nn.Sequential(nn.LazyLinear(3))
    with isolated(), compiled(model, (torch.ones(1, 2),), {}, lambda args, kwargs: model(*args, **kwargs)):
        assert type(model[0]) is nn.LazyLinear
        assert model(torch.ones(1, 2)).shape == (1, 3)
