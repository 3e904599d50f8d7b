"""The record of a run: equal for equal experiments, plain data, and complete where the call raises."""

import dataclasses
import gc
import json
import weakref
from collections.abc import Mapping, Sequence
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from explorer import Experiment, observe, observe_call
from explorer.catalog import ENTRIES
from explorer.experiment import Hook
from explorer.record.json_values import plain
from tests.helpers import bare

SMALL = [key for key in ENTRIES if key != "resnet18"]


@st.composite
def experiments(draw):
    key = draw(st.sampled_from(SMALL))
    module = ENTRIES[key].kind == "module"
    return Experiment(
        model=key,
        call=draw(st.sampled_from(["call", "forward"])),
        training=draw(st.booleans()),
        grad=draw(st.sampled_from(["enabled", "no_grad", "inference_mode"])),
        hooks=(Hook("", draw(st.sampled_from(["observe", "double"]))),) if module and draw(st.booleans()) else (),
        seed=draw(st.integers(0, 2**31 - 1)),
    )


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(experiments())
def test_equal_experiments_give_equal_observations_which_are_json(experiment):
    one, other = observe(experiment), observe(dataclasses.replace(experiment))
    assert one == other
    document = one.to_json()
    assert document == other.to_json()
    read = json.loads(document)
    assert "value" not in read
    assert len(read["trace"]["steps"]) == len(one.trace.steps)
    assert read["trace"]["executed_lines"] == {file: sorted(lines) for file, lines in one.trace.executed_lines.items()}
    check(one)


def check(seen):
    """What holds of any record."""
    assert [step.index for step in seen.trace.steps] == list(range(len(seen.trace.steps)))
    assert [frame.index for frame in seen.trace.frames] == list(range(len(seen.trace.frames)))
    assert seen.trace.steps[0].kind == "lookup"
    open_frames = []
    for step in seen.trace.steps[1:]:
        frame = seen.trace.frames[step.frame]
        if step.kind == "call":
            while open_frames and open_frames[-1] != frame.caller:
                open_frames.pop()  # it was left by an exception
            assert (open_frames[-1] if open_frames else None) == frame.caller
            assert frame.depth == len(open_frames)
            open_frames.append(step.frame)
        else:
            while open_frames[-1] != step.frame:
                open_frames.pop()
        if step.kind == "return":
            assert open_frames.pop() == step.frame
            assert step.value is not None
        if step.kind == "statement":
            assert step.line in seen.trace.executed_lines[frame.file] or step.line < step.end_line
            assert frame.first_line <= step.line <= step.end_line <= frame.last_line
        assert len({change.name for change in step.changes}) == len(step.changes) or step.kind == "statement"
    assert (seen.output is None) == (seen.error is not None)
    if seen.error is not None and seen.error.step is not None:
        step = seen.trace.steps[seen.error.step]
        assert (step.kind, step.line) == ("exception", seen.error.line)
        assert step.value.type == seen.error.type


def objects_in(value, depth=0):
    yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from objects_in(getattr(value, field.name), depth + 1)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from objects_in(key)
            yield from objects_in(inner)
    elif isinstance(value, Sequence | frozenset) and not isinstance(value, str):
        for inner in value:
            yield from objects_in(inner, depth + 1)


@pytest.mark.parametrize("key", SMALL)
def test_no_tensor_and_no_module_is_in_a_record(key):
    seen = observe(Experiment(model=key))
    assert not any(isinstance(value, Tensor | nn.Module) for value in objects_in(seen))
    assert seen.value is None
    json.dumps(plain(seen), allow_nan=False)


@pytest.mark.parametrize("read", [False, True])
def test_a_record_that_is_let_go_is_gone_at_once(read):
    """Else it waits for the garbage collector, which stops everything while it looks."""
    seen = observe(Experiment(model="cnn", hooks=(Hook("conv1"),), backward=True))
    if read:
        list(objects_in(seen))
    gc.disable()
    try:
        gone = weakref.ref(seen)
        del seen
        assert gone() is None
    finally:
        gc.enable()


def test_what_the_record_says_of_the_run():
    seen = observe(Experiment(model="cnn", training=False, grad="no_grad", call="forward"))
    assert (seen.title, seen.expression) == ("CNN", "model.forward(x)")
    assert (seen.training, seen.grad_mode) == (False, "no_grad")
    ((name, given),) = seen.inputs
    assert (name, given.tensor.shape) == ("0", (1, 3, 28, 28))
    assert seen.output.tensor.shape == (1, 10)
    assert seen.experiment == Experiment(model="cnn", training=False, grad="no_grad", call="forward")
    assert observe(Experiment(model="function")).training is None
    assert observe_call(len, ()).experiment is None


def test_the_view_that_does_not_fit():
    seen = observe(Experiment(model="cnn", size=32))
    check(seen)
    assert seen.error.type == "RuntimeError"
    assert seen.error.message == "shape '[-1, 1568]' is invalid for input of size 2048"
    assert seen.error.function == "CNN.forward"
    line = open(seen.error.file).read().splitlines()[seen.error.line - 1]  # noqa: SIM115
    assert "x.view(-1, 32 * 7 * 7)" in line


def test_what_is_not_callable():
    seen = observe(Experiment(model="checkpoint"))
    assert seen.error.type == "TypeError"
    assert seen.error.message == "'collections.OrderedDict' object is not callable"
    assert (seen.error.file, seen.error.line, seen.error.function, seen.error.step) == (None,) * 4
    assert seen.lookup.searched == ("collections.OrderedDict", "dict", "object")
    assert observe(Experiment(model="not-a-model", call="forward")).output.tensor.preview == (6,)


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def raises_mute():
    raise Mute


def test_an_exception_without_words_is_recorded():
    seen = observe_call(raises_mute)
    assert seen.error.type == "Mute"
    json.loads(seen.to_json())
    with pytest.raises(Mute):
        observe_call(raises_mute, reraise=True)


def test_a_lone_surrogate_and_infinities_are_json():
    seen = observe_call(lambda x: (x, float("nan"), torch.tensor([float("inf")])), "\ud800")
    json.loads(seen.to_json()).keys()
    seen.to_json().encode("utf-8")


def test_plain_refuses_what_is_no_part_of_a_record():
    with pytest.raises(TypeError, match="not part of a record"):
        plain(object())


def test_it_works_where_the_caller_holds_another_default():
    torch.set_default_dtype(torch.float64)
    try:
        with torch.inference_mode():
            seen = observe(Experiment(model="simple"))
    finally:
        torch.set_default_dtype(torch.float32)
    assert seen == observe(Experiment(model="simple"))
    assert seen.output.tensor.grad_fn == "AddmmBackward0"


def test_the_call_names_each_of_its_inputs():
    x = torch.ones(1)
    assert observe_call(torch.add, x, x).expression == "model(x, x1)"
    assert observe_call(torch.add, x, other=x).expression == "model(x, other=other)"
    assert observe_call(lambda: x).expression == "model()"
    assert observe(Experiment(model="simple")).expression == "model(x)"


class WithoutInit(nn.Module):
    """A class that leaves out `super().__init__()`, as beginners do."""

    def __init__(self):
        self.factor = 3

    def forward(self, x):
        return x * self.factor


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = WithoutInit()

    def forward(self, x):
        return self.inner(x)


@pytest.mark.parametrize("make", [WithoutInit, Holder])
def test_a_module_that_was_never_initialised_raises_as_it_does_bare(make):
    model, x, before = make(), torch.ones(2), bare.state()
    _, raised, lines = bare.traced(partial(model, x), __file__)
    seen = observe_call(model, x)
    assert bare.differing(before, bare.state()) == []
    assert (seen.error.type, seen.error.message) == (type(raised).__name__, str(raised))
    assert "_backward_hooks" in seen.error.message
    module = bare.MODULE_FILE
    assert set(seen.trace.executed_lines[module]) == lines[module]
    json.loads(seen.to_json())


def test_its_forward_runs():
    """`model.forward(x)` reads nothing that `nn.Module.__init__` sets."""
    model = WithoutInit()
    assert torch.equal(observe_call(model.forward, torch.ones(2), reraise=True).value, torch.full((2,), 3.0))


class Raises(nn.Module):
    def forward(self, x):
        y = x * 2
        raise ValueError(f"of {len(y)}")


@pytest.mark.slow
def test_an_unread_record_of_a_call_that_raised_keeps_neither_the_model_nor_its_input():
    model, x = Raises(), torch.ones(3)
    kept = weakref.ref(model), weakref.ref(x)
    seen = observe_call(model, x)
    del model, x
    gc.collect()
    assert [each() for each in kept] == [None, None]
    assert seen.error.message == "of 3"
    assert [step.kind for step in seen.trace.steps].count("exception") == 3
