"""Summaries: right figures, a bounded size whatever the value, no user's code run, nothing raised."""

import json
import math
import resource
import warnings
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from explorer import observe_call
from explorer.capture.values.elements import EXACT_LIMIT, SAMPLE
from explorer.capture.values.summaries import summarize
from explorer.capture.values.tensor_facts import tensor_facts
from explorer.record.json_values import plain


class Moving(nn.Module):
    """Writes what it is given into its buffer."""

    def __init__(self, x):
        super().__init__()
        self.register_buffer("kept", torch.zeros_like(x))

    def forward(self, x):
        self.kept.copy_(x)
        return self.kept + x


def size(summary):
    return len(json.dumps(plain(summary)))


# ---- tensors


def test_facts_of_a_tensor_by_hand():
    facts = tensor_facts(torch.tensor([[1.0, -3.0, 0.0, 2.0]]))
    assert (facts.shape, facts.dtype, facts.requires_grad, facts.grad_fn) == ((1, 4), "float32", False, None)
    assert (facts.is_parameter, facts.version) == (False, 0)
    assert facts.preview == (1.0, -3.0, 0.0, 2.0)
    statistics = facts.statistics
    assert (statistics.minimum, statistics.maximum, statistics.mean) == (-3.0, 2.0, 0.0)
    assert statistics.sampled is None


def test_marks_of_autograd():
    x = torch.ones(2, requires_grad=True)
    assert tensor_facts(x * 2).grad_fn == "MulBackward0"
    assert tensor_facts(x * 2).requires_grad
    assert tensor_facts(x).grad_fn is None
    y = x.detach().clone()
    y += 1
    assert tensor_facts(y).version == 1
    with torch.inference_mode():
        assert tensor_facts(torch.ones(2)).version is None
    parameter = tensor_facts(nn.Parameter(torch.ones(2)))
    assert parameter.is_parameter
    assert parameter.statistics is None


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50), st.sampled_from(["float32", "float64"]))
def test_figures_equal_numpys(values, dtype):
    array = np.array(values, dtype=dtype)
    facts = tensor_facts(torch.from_numpy(array.copy()))
    assert facts.statistics.minimum == array.min()
    assert facts.statistics.maximum == array.max()
    assert facts.statistics.mean == pytest.approx(array.astype("float64").mean(), rel=1e-4, abs=1e-1)
    assert facts.preview == tuple(array[:6].tolist())


@settings(deadline=None)
@given(st.lists(st.integers(-100, 100), min_size=1, max_size=60))
def test_the_histogram_counts_every_element_of_a_small_tensor_once(values):
    statistics = tensor_facts(torch.tensor(values, dtype=torch.float64)).statistics
    assert sum(statistics.histogram) == len(values)
    if max(values) > min(values):
        expected, _ = np.histogram(values, bins=8, range=(min(values), max(values)))
        assert sum(abs(a - b) for a, b in zip(statistics.histogram, expected, strict=True)) <= 2  # on an edge


def test_a_large_tensor_is_sampled():
    x = torch.arange(EXACT_LIMIT * 4, dtype=torch.float32)
    statistics = tensor_facts(x).statistics
    assert 0 < statistics.sampled <= SAMPLE
    assert statistics.mean == pytest.approx(x.mean().item(), rel=0.01)


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.zeros(1).expand(10**6, 10**4),
        lambda: torch.zeros(1).expand(10**4, 10**6).t(),
        lambda: torch.zeros(10**4, 1).expand(10**4, 10**6),
        lambda: torch.zeros(3000, 3000).t(),
    ],
    ids=["expanded", "transposed", "one stride", "transposed and real"],
)
def test_no_copy_of_a_huge_tensor_is_made(make):
    x = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(open("/proc/self/statm").read().split()[0])  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 300 * 2**20, limits[1]))
    try:
        summary = summarize(x)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
    assert summary.tensor is not None
    assert summary.tensor.statistics.mean == 0
    assert summary.tensor.preview == (0.0,) * 6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB
    assert size(summary) < 1500


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor(3.5),
        torch.empty(0),
        torch.empty(2, 0, 3),
        torch.tensor([float("nan"), 1.0]),
        torch.tensor([float("inf"), -1.0]),
        torch.tensor([-float("inf"), float("inf")]),
        torch.tensor([1 + 2j]),
        torch.tensor([True, False]),
        torch.tensor([2**62, -(2**62)]),
        torch.tensor([255], dtype=torch.uint8),
        torch.ones(3, dtype=torch.bfloat16),
        torch.ones(3, dtype=torch.float16),
        torch.full((100_000,), 60000.0, dtype=torch.float16),
        torch.full((4,), 3e38),
        torch.tensor([-3e38, 3e38]),
        torch.tensor([-1.7e308, 1.7e308], dtype=torch.float64),
        torch.arange(6).reshape(2, 3).t(),
        torch.eye(3).to_sparse(),
        torch.eye(3).to_sparse_csr(),
        torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        torch.ones(3, device="meta"),
        torch.ones(3).conj(),
        torch.ones(3, dtype=torch.complex64).conj(),
        torch._neg_view(torch.ones(3)),
        torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        nn.Parameter(torch.ones(2)),
        torch.ones(3, dtype=torch.float8_e4m3fn),
    ],
    ids=lambda tensor: f"{str(tensor.dtype).removeprefix('torch.')}-{str(tensor.layout)[6:]}",
)
def test_every_sort_of_tensor_has_a_bounded_summary_that_is_json(tensor):
    summary = summarize(tensor)
    assert size(summary) < 1500
    json.dumps(plain(summary), allow_nan=False)
    if not tensor.is_nested:
        assert summary.tensor.shape == tuple(tensor.shape)
        assert summary.tensor.dtype == str(tensor.dtype).removeprefix("torch.")
        assert summary.text == f"{summary.tensor.dtype} {list(tensor.shape)}"


def test_figures_of_awkward_tensors():
    nan = tensor_facts(torch.tensor([float("nan"), 1.0]))
    assert (nan.statistics.minimum, nan.statistics.mean, nan.preview) == (None, None, ("nan", 1.0))
    assert tensor_facts(torch.tensor([float("-inf")])).preview == ("-inf",)

    assert tensor_facts(torch.tensor([True, False])).preview == (True, False)
    assert tensor_facts(torch.tensor([True, False, False, False])).statistics.mean == 0.25


@pytest.mark.parametrize("awkward", [3e38, float("inf"), float("nan")])
def test_what_has_no_sum_is_no_reason_to_warn(awkward):
    x = torch.full((100,), awkward)
    x[0] = -x[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensor_facts(x)
        seen = observe_call(Moving(x), x)
        assert len(seen.trace.steps)
        assert len(seen.changed_buffers) == 1
    assert tensor_facts(torch.arange(6).reshape(2, 3).t()).preview == (0, 3, 1, 4, 2, 5)
    assert tensor_facts(torch._neg_view(torch.ones(2))).preview in ((-1.0, -1.0), ())
    half = tensor_facts(torch.full((1000,), 60000.0, dtype=torch.float16)).statistics
    assert (half.minimum, half.maximum, half.mean) == (60000.0, 60000.0, 60000.0)
    assert tensor_facts(torch.tensor([2**62, 2**62])).statistics.mean == pytest.approx(2.0**62)
    assert tensor_facts(torch.tensor(2.0)).preview == (2.0,)


def test_reading_a_tensor_is_seen_by_no_mode_and_changes_nothing():
    class Forbidden(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            raise AssertionError(func)

    x = torch.ones(3, requires_grad=True) * 2
    state = torch.get_rng_state()
    with Forbidden():
        summarize((x, [x]))
    assert x._version == 0
    assert torch.equal(torch.get_rng_state(), state)


# ---- other people's classes


class Loud:
    """Counts every call of its own code."""

    calls = 0

    def _count(self, *args, **kwargs):
        Loud.calls += 1
        raise RuntimeError("called")

    __repr__ = __str__ = __len__ = __iter__ = __bool__ = __hash__ = __eq__ = __getitem__ = __format__ = _count

    def __getattr__(self, name):
        Loud.calls += 1
        raise RuntimeError("called")


class LoudTuple(tuple):
    __slots__ = ()
    __repr__ = __iter__ = __len__ = Loud._count


class LoudList(list):
    __repr__ = __iter__ = __len__ = Loud._count


class LoudDict(dict):
    __repr__ = __iter__ = __len__ = items = keys = Loud._count


class LoudInt(int):
    __repr__ = __str__ = Loud._count


class LoudString(str):
    __slots__ = ()
    __repr__ = __str__ = __len__ = Loud._count


class LoudError(Exception):
    __repr__ = __str__ = Loud._count


class LoudModule(nn.Module):
    __repr__ = extra_repr = Loud._count


class LoudKey:
    __repr__ = Loud._count


class LoudTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        Loud.calls += 1
        raise RuntimeError("called")

    __repr__ = __len__ = __iter__ = Loud._count


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (Loud, "Loud"),
        (lambda: LoudTuple((1, 2)), "LoudTuple"),
        (lambda: LoudList([1]), "LoudList"),
        (lambda: LoudDict(a=1), "LoudDict"),
        (lambda: LoudInt(3), "LoudInt"),
        (lambda: LoudString("x"), "LoudString"),
        (lambda: LoudError("x"), "LoudError"),
        (LoudModule, "LoudModule"),
        (lambda: torch.ones(2).as_subclass(LoudTensor), "LoudTensor"),
        (lambda: [Loud(), (Loud(),)], "list"),
        (lambda: {"key": Loud()}, "dict"),
        (lambda: {LoudKey(): 1}, "dict"),
        (lambda: Loud().__repr__, "method"),
    ],
)
def test_no_code_of_anybodys_class_runs(make, name):
    value = make()
    Loud.calls = 0
    summary = summarize(value)
    assert Loud.calls == 0
    assert summary.type == name
    assert summary.text


def test_a_list_that_holds_itself_and_deep_nesting_end():
    value = [1]
    value.append(value)
    assert size(summarize(value)) < 2000
    for _ in range(5000):
        value = [value]
    assert size(summarize(value)) < 2000


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "type_name", "text"),
    [
        (5, "int", "5"),
        (True, "bool", "True"),
        (None, "NoneType", "None"),
        (1.5, "float", "1.5"),
        ("hi", "str", "'hi'"),
        ((), "tuple", "empty tuple"),
        ((1, 2), "tuple", "(1, 2)"),
        ((1,), "tuple", "(1,)"),
        ([1, 2], "list", "[1, 2]"),
        (list(range(100)), "list", "list of 100"),
        ({}, "dict", "empty dict"),
        ({"a": 1}, "dict", "dict of 1"),
        (OrderedDict(a=1), "OrderedDict", "OrderedDict of 1"),
        (Point(1, 2), "Point", "Point(x=1, y=2)"),
        (torch.Size([2, 3]), "Size", "Size of 2"),
        (nn.Linear(2, 3), "Linear", "Linear(in_features=2, out_features=3, bias=True)"),
        (nn.Linear, "type", "type Linear"),
        (len, "function", "function len"),
        (size, "function", "function size"),
        (nn.Linear(1, 1).forward, "method", "method Linear.forward"),
        (torch.float32, "dtype", None),
        (math, "module", "module math"),
        (ValueError("why"), "ValueError", "ValueError: why"),
        (ValueError("why\n  at length"), "ValueError", "ValueError: why…"),
    ],
)
def test_texts(value, type_name, text):
    summary = summarize(value)
    assert summary.type == type_name
    assert text is None or summary.text == text


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.one_of(st.integers(), st.text(max_size=400), st.binary(max_size=400), st.floats(), st.none()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=9), st.dictionaries(st.text(max_size=200), inner, max_size=9), st.tuples(inner)
        ),
        max_leaves=40,
    )
)
def test_any_nest_of_plain_values_is_bounded(value):
    summary = summarize(value)
    assert len(summary.text) <= 120
    assert size(summary) < 20_000


def test_a_huge_integer_or_text_is_cut_without_being_written_out():
    assert len(summarize(10**100_000).text) <= 120
    assert len(summarize("x" * 10**7).text) <= 120
    assert len(summarize({"k" * 10**6: 1}).items[0][0]) <= 120


def test_a_set_is_summarized_alike_whatever_its_order():
    modules = [nn.ReLU(), nn.Linear(1, 1), nn.Tanh()]
    assert summarize(set(modules)) == summarize({nn.Tanh(), nn.ReLU(), nn.Linear(1, 1)})
    assert [item.text for _, item in summarize({3, 1, 2}).items] == ["1", "2", "3"]
    assert summarize(set(range(100))).items == ()
    assert summarize(set(range(100))).text == "set of 100"
