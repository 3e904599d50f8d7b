"""An observed call is the bare call: the same statements, the same output, and nothing left behind.

The oracle is `bare.traced`: a tracer of the tests' own around a call of an equal model.
"""

import cProfile
import sys
import threading
from dataclasses import replace
from itertools import product
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.capture.values.summaries import summarize
from explorer.catalog import ENTRIES, build, example_inputs, submodule_paths
from explorer.catalog.hooks import options, register
from explorer.catalog.hooks.hook import HookAction, HookKind
from explorer.experiment import Hook
from explorer.runtime.isolation import isolated
from tests.helpers import bare

SEED = 3
GRADS = ("enabled", "no_grad", "inference_mode")
DEEP = {"resnet18": "layer2.0.downsample", "transformer": "encoder.layers.0", "recurrent": "lstm", "cnn": "pool"}


def hooks_of(key):
    """None; each action, on the outermost module and on a submodule; several at once."""
    paths = submodule_paths(key)
    if not paths:
        return [()]
    inner = DEEP.get(key, paths[-1])
    assert inner in paths
    return [
        (),
        (Hook("", "observe"),),
        (Hook("", "double"),),
        (Hook(inner, "observe"),),
        (Hook(inner, "double"),),
        (Hook("", "double"), Hook(inner, "double"), Hook("", "observe")),
    ]


def call_of(experiment):
    """An equal model, made by the test itself, and the call a reader would write."""
    model = build(experiment.model, seed=SEED)
    inputs = example_inputs(experiment.model, seed=SEED)
    if isinstance(model, nn.Module):
        model.train(experiment.training)
        register(model, experiment.hooks)
    torch.manual_seed(SEED)
    return model, inputs


def bare_call(experiment):
    """(value, exception, lines) of the bare call."""
    model, inputs = call_of(experiment)
    with bare.grad(experiment.grad):
        if experiment.call == "forward":
            return bare.traced(lambda: model.forward(*inputs))
        return bare.traced(lambda: model(*inputs))


CASES = [
    pytest.param(key, training, grad, call, id=f"{key}-{'train' if training else 'eval'}-{grad}-{call}")
    for key in ENTRIES
    for training in (True, False)
    for grad in GRADS
    for call in ("call", "forward")
]


@pytest.mark.parametrize(("key", "training", "grad", "call"), CASES)
def test_an_observed_experiment_runs_the_statements_of_the_bare_call(key, training, grad, call):
    for hooks in hooks_of(key):
        experiment = Experiment(model=key, training=training, grad=grad, call=call, hooks=hooks, seed=SEED)
        value, raised, lines = bare_call(experiment)
        before = bare.state()
        seen = observe(experiment)
        assert bare.differing(before, bare.state()) == []
        bare.assert_same_lines(seen.trace.executed_lines, lines)
        if raised is None:
            assert seen.error is None
            assert seen.output == summarize(value)
        else:
            assert seen.output is None
            assert (seen.error.type, seen.error.message) == (type(raised).__name__, str(raised))
        assert seen.grad_mode == grad


@pytest.mark.parametrize(("key", "training", "grad", "call"), [case for case in CASES if case.values[3] == "call"])
def test_an_observed_call_returns_the_bare_value_bit_for_bit(key, training, grad, call):
    for hooks in hooks_of(key)[:5:2]:
        experiment = Experiment(model=key, training=training, grad=grad, hooks=hooks, seed=SEED)
        value, raised, lines = bare_call(experiment)
        random_after = torch.get_rng_state()
        model, inputs = call_of(experiment)
        modes = bare.state_of(model) if isinstance(model, nn.Module) else None
        with bare.grad(grad):
            before = bare.state()
            seen = observe_call(model, *inputs)
            left = bare.differing(before, bare.state())
        assert torch.equal(torch.get_rng_state(), random_after)  # the caller's state moved as by a plain call
        assert set(left) <= {"torch's random state"}
        assert modes is None or bare.state_of(model) == modes
        bare.assert_same_lines(seen.trace.executed_lines, lines)
        if raised is None:
            assert seen.error is None
            assert bare.same(seen.value, value)
        else:
            assert (seen.error.type, seen.error.message) == (type(raised).__name__, str(raised))


EVERY_HOOK = [
    pytest.param(kind, action, is_global, id=f"{'global-' if is_global else ''}{kind}-{action}")
    for kind in get_args(HookKind)
    for action in get_args(HookAction)
    for is_global in (False, True)
]


def sets_with(kind, action, is_global):
    """The hook alone, with each option that it takes, deeper inside, and in the company of others."""
    one = Hook("", action, kind, is_global)
    inner = one if is_global else replace(one, at="fc1")
    yield (one,)
    yield (inner, Hook("fc1", "raise"), Hook("", "observe", always_call=True))
    yield (Hook("fc2", "double", "forward_pre"), one, Hook("", "raise", always_call=True, is_global=True))
    for name in options(kind, is_global):
        yield (replace(inner, **{name: True}), Hook("", "observe"), replace(one, **{name: True}))


@pytest.mark.filterwarnings("ignore:.*module forward hook with", "ignore:For backward hooks", "ignore:Using a non-full")
@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize(("kind", "action", "is_global"), EVERY_HOOK)
def test_every_kind_of_hook_leaves_the_statements_and_the_value_as_they_are_bare(kind, action, is_global, grad):
    for hooks, call in product(sets_with(kind, action, is_global), ("call", "forward")):
        experiment = Experiment(model="feedforward", grad=grad, call=call, hooks=hooks, seed=SEED)
        before = bare.state()
        with isolated():  # a global hook of ours must not outlive the bare call
            value, raised, lines = bare_call(experiment)
        assert bare.differing(before, bare.state()) == []
        seen = observe(experiment)
        assert bare.differing(before, bare.state()) == []
        bare.assert_same_lines(seen.trace.executed_lines, lines)
        expected = None if raised is None else (type(raised).__name__, str(raised))
        assert (seen.error and (seen.error.type, seen.error.message)) == expected
        assert seen.output == (summarize(value) if raised is None else None)
        if call == "call":
            with isolated():
                model, inputs = call_of(experiment)
                with bare.grad(grad):
                    again = observe_call(model, *inputs)
            bare.assert_same_lines(again.trace.executed_lines, lines)
            assert bare.same(again.value, value)


@pytest.mark.filterwarnings("ignore:Using a non-full")
@pytest.mark.parametrize(("kind", "action", "is_global"), [case for case in EVERY_HOOK if "backward" in case.values[0]])
def test_a_backward_pass_runs_the_lines_of_its_hooks_that_it_runs_bare(kind, action, is_global):
    hooks = (Hook("" if is_global else "fc2", action, kind, is_global), Hook("", "observe", "full_backward_pre"))
    experiment = Experiment(model="feedforward", hooks=hooks, backward=True, seed=SEED)
    before = bare.state()
    with isolated():
        model, inputs = call_of(experiment)
        _, raised, lines = bare.traced(lambda: model(*inputs).sum().backward())
    seen = observe(experiment)
    assert bare.differing(before, bare.state()) == []
    bare.assert_same_lines(seen.trace.executed_lines, lines)
    error = seen.backward.error
    expected = None if raised is None else (type(raised).__name__, str(raised))
    assert (error and (error.type, error.message)) == expected


def test_buffers_end_as_a_bare_call_leaves_them():
    for key in ("batchnorm", "resnet18"):
        experiment = Experiment(model=key, grad="inference_mode", seed=SEED)
        model, inputs = call_of(experiment)
        other, _ = call_of(experiment)
        with torch.no_grad():
            model(*inputs)
            seen = observe_call(other, *inputs)
        assert bare.same(dict(model.state_dict()), dict(other.state_dict()))
        assert {moved.name for moved in seen.changed_buffers} == {name for name, _ in model.named_buffers()}


class Raises(nn.Module):
    """Calls what it is given in the middle of its forward, under a grad mode of its own."""

    def __init__(self, raise_it):
        super().__init__()
        self.linear = nn.Linear(2, 2)
        self.raise_it = raise_it

    def forward(self, x):
        with torch.no_grad():
            x = self.linear(x)
            self.raise_it()
        return x


def fail():
    raise LookupError("on purpose")


def interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize("hooked", [False, True])
def test_state_is_back_after_the_call_raised(hooked):
    model = Raises(fail)
    if hooked:
        model.register_forward_hook(lambda module, args, output: None)
    before, modes = bare.state(), bare.state_of(model)
    seen = observe_call(model, torch.ones(1, 2))
    assert (seen.error.type, seen.error.message, seen.error.function) == ("LookupError", "on purpose", "fail")
    assert bare.differing(before, bare.state()) == []
    assert bare.state_of(model) == modes
    with pytest.raises(LookupError, match="on purpose"):
        observe_call(model, torch.ones(1, 2), reraise=True)
    assert bare.differing(before, bare.state()) == []


def test_an_interrupt_inside_forward_goes_on_and_state_is_back():
    model = Raises(interrupt)
    before = bare.state()
    with pytest.raises(KeyboardInterrupt):
        observe_call(model, torch.ones(1, 2))
    assert bare.differing(before, bare.state()) == []


def test_an_interrupt_leaves_the_lock_free_for_other_threads():
    with pytest.raises(KeyboardInterrupt):
        observe_call(Raises(interrupt), torch.ones(1, 2))
    done = []
    thread = threading.Thread(target=lambda: done.append(observe(Experiment(model="simple")).error))
    thread.start()
    thread.join(60)
    assert done == [None]


def test_a_trace_and_a_profile_function_come_back():
    def tracer(frame, event, argument):
        return None

    def profiler(frame, event, argument):
        return None

    for function in (lambda: observe(Experiment(model="cnn")), lambda: observe_call(Raises(fail), torch.ones(1, 2))):
        sys.settrace(tracer)
        sys.setprofile(profiler)
        try:
            function()
            found = sys.gettrace(), sys.getprofile()
        finally:
            sys.settrace(None)
            sys.setprofile(None)
        assert found == (tracer, profiler)


def test_it_works_under_cprofile_which_goes_on_afterwards():
    def after():
        return None

    plain = observe(Experiment(model="cnn"))
    profile = cProfile.Profile()
    profile.enable()
    seen = observe(Experiment(model="cnn"))
    after()
    profile.disable()
    assert sys.getprofile() is None
    assert seen == plain
    assert "after" in {entry.code.co_name for entry in profile.getstats() if not isinstance(entry.code, str)}


def test_global_hooks_of_the_caller_stay_and_are_seen():
    ran = []
    handle = nn.modules.module.register_module_forward_hook(lambda module, args, output: ran.append(type(module)))
    try:
        model = nn.Linear(2, 1)
        before = bare.state()
        seen = observe_call(model, torch.ones(1, 2))
        assert bare.differing(before, bare.state()) == []
    finally:
        handle.remove()
    assert ran == [nn.Linear]
    assert "hooks" in {step.phase for step in seen.trace.steps}


LAYERS = st.sampled_from(["linear", "relu", "dropout", "layernorm", "batchnorm", "identity", "nested", "softmax"])


def layer(name, width):
    return {
        "linear": lambda: nn.Linear(width, width),
        "relu": lambda: nn.ReLU(),
        "dropout": lambda: nn.Dropout(0.4),
        "layernorm": lambda: nn.LayerNorm(width),
        "batchnorm": lambda: nn.BatchNorm1d(width),
        "identity": lambda: nn.Identity(),
        "nested": lambda: nn.Sequential(nn.Linear(width, width), nn.Tanh()),
        "softmax": lambda: nn.Softmax(dim=-1),
    }[name]()


@settings(max_examples=40, deadline=None)
@given(
    names=st.lists(LAYERS, max_size=6),
    width=st.integers(1, 5),
    rows=st.integers(1, 4),
    training=st.booleans(),
    grad=st.sampled_from(GRADS),
    hooked=st.lists(st.integers(0, 5), max_size=3),
    seed=st.integers(0, 2**31 - 1),
)
def test_random_models_run_as_they_do_bare(names, width, rows, training, grad, hooked, seed):
    def fresh():
        torch.manual_seed(seed)
        model = nn.Sequential(*[layer(name, width) for name in names]).train(training)
        for place in hooked:
            if place < len(model):
                model[place].register_forward_hook(lambda module, args, output: output * 2)
        return model, torch.randn(rows, width)

    with torch.random.fork_rng():
        model, x = fresh()
        with bare.grad(grad):
            value, raised, lines = bare.traced(lambda: model(x))
        model, x = fresh()
        with bare.grad(grad):
            seen = observe_call(model, x)
    own = {file: numbers for file, numbers in seen.trace.executed_lines.items() if file != __file__}
    bare.assert_same_lines(own, lines)
    assert (seen.error and seen.error.message) == (raised and str(raised))
    assert bare.same(seen.value, value)
