"""`backward()` after a call: the gradients, hooks and exceptions of a bare one, and nothing left behind."""

import dataclasses
import json
import warnings

import pytest
import torch
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.capture.backward import differentiate
from explorer.catalog import ENTRIES, build
from explorer.catalog.hooks import hook_number
from explorer.catalog.hooks.hook import HookKind
from explorer.experiment import Hook
from explorer.measure.autograd import record_autograd
from explorer.reading.narration.narrator import narrate
from explorer.torch_source.phases import PHASES
from explorer.ui.pages.call_path.backward_table import backward_table, backward_words
from tests.helpers import bare, entry_modes

SEED = 3
MODULES = [key for key in ENTRIES if ENTRIES[key].kind == "module"]
BACKWARD: tuple[HookKind, ...] = ("full_backward", "full_backward_pre", "backward")
NOTHING = "element 0 of tensors does not require grad and does not have a grad_fn"


@pytest.fixture(autouse=True)
def no_global_backward_hook_before():
    """torch remembers for good which of its two kinds of global backward hooks came first."""
    nn.modules.module._global_is_full_backward_hook = None
    yield
    nn.modules.module._global_is_full_backward_hook = None


def floats(value):
    if isinstance(value, torch.Tensor):
        return [value] if value.is_floating_point() else []
    return [tensor for item in (value.values() if isinstance(value, dict) else value) for tensor in floats(item)]


def bare_backward(experiment):
    """(model, loss, exception) of the call and `backward()`, as one would write them."""
    model, args, kwargs = entry_modes.fresh(experiment)
    torch.manual_seed(experiment.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with bare.grad(experiment.grad):
            output = (model if experiment.call == "call" else model.forward)(*args, **kwargs)
        loss = sum(tensor.sum() for tensor in floats(output))
        _, raised = bare.run(loss.backward)
    return model, loss, raised


def norms(model):
    return {
        name: None if parameter.grad is None else torch.linalg.vector_norm(parameter.grad.double()).item()
        for name, parameter in model.named_parameters()
    }


@pytest.mark.slow
@pytest.mark.parametrize("grad", ["enabled", "no_grad", "inference_mode"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("key", MODULES)
def test_the_gradients_are_the_bare_ones(key, training, grad):
    experiment = Experiment(model=key, training=training, grad=grad, backward=True, seed=SEED)
    with torch.random.fork_rng():
        plain, called = bare.run(lambda: bare_backward(experiment))
    before = bare.state()
    seen = observe(experiment)
    assert bare.differing(before, bare.state()) == []
    if called is not None:
        assert (seen.backward, seen.error.message) == (None, str(called))
        return
    model, loss, raised = plain
    assert {gradient.name: gradient.norm for gradient in seen.backward.gradients} == norms(model)
    assert seen.backward.loss == loss.item()
    assert (seen.backward.error is None) == (raised is None) == (grad == "enabled")
    if raised is not None:
        assert (seen.backward.error.type, seen.backward.error.message) == ("RuntimeError", str(raised))
        assert str(raised) == NOTHING
        assert f"`{grad}`" in seen.backward.reason
    # The forward pass is what it is without: the same lines, the same graph.
    without = observe(dataclasses.replace(experiment, backward=False))
    assert (without.graph, without.output, without.backward) == (seen.graph, seen.output, None)
    assert without.trace.steps == seen.trace.steps[: len(without.trace.steps)]


def test_the_gradients_themselves_bit_for_bit():
    experiment = Experiment(model="cnn", batch=2, seed=SEED)
    with torch.random.fork_rng():
        expected, _, _ = bare_backward(experiment)
        model, args, _ = entry_modes.fresh(experiment)
        torch.manual_seed(SEED)
        done, raised = differentiate(model(*args), model, "enabled", lambda frame, event, argument: None)
    assert raised is None
    assert all(
        torch.equal(one.grad, other.grad) for one, other in zip(model.parameters(), expected.parameters(), strict=True)
    )
    assert [gradient.shape for gradient in done.gradients] == [tuple(p.shape) for p in model.parameters()]


def counted(experiment):
    """How often each hook of `backward()` runs bare: counted by functions of the test's own in the same places."""
    counts = [0] * len(experiment.hooks)
    model, args, _ = entry_modes.fresh(dataclasses.replace(experiment, hooks=()))
    handles = []
    for place, hook in enumerate(experiment.hooks):

        def count(*given, place=place):
            counts[place] += 1

        if hook.is_global:
            register = getattr(nn.modules.module, f"register_module_{hook.kind}_hook")
        else:
            register = getattr(model.get_submodule(hook.at), f"register_{hook.kind}_hook")
        handles.append(register(count))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            output = model(*args) if experiment.call == "call" else model.forward(*args)
            before = list(counts)
            output.sum().backward()
    finally:
        for handle in handles:
            handle.remove()
    return before, counts


@pytest.mark.parametrize("call", ["call", "forward"])
@pytest.mark.parametrize("place", ["", "pool", "is_global"])
@pytest.mark.parametrize("kind", [*BACKWARD, "forward", "forward_pre"])
def test_every_kind_of_hook_runs_as_often_as_bare(kind, place, call):
    if (kind, place) == ("backward", "is_global"):
        pytest.skip("torch has one kind of global backward hook at a time; the next test is of this one")
    hook = Hook("", "observe", kind, True) if place == "is_global" else Hook(place, "observe", kind)
    check_counts(Experiment(model="cnn", hooks=(hook,), call=call, backward=True, seed=SEED))


@pytest.mark.parametrize("call", ["call", "forward"])
def test_a_legacy_global_backward_hook_runs_as_often_as_bare(call):
    hook = Hook("", "observe", "backward", True)
    before = bare.state()
    check_counts(Experiment(model="cnn", hooks=(hook,), call=call, backward=True, seed=SEED))
    assert bare.differing(before, bare.state()) == []


def check_counts(experiment):
    with torch.random.fork_rng():
        before, after = counted(experiment)
    nn.modules.module._global_is_full_backward_hook = None
    seen = observe(experiment)
    hooks = [frame for frame in seen.trace.frames if frame.role == "hook" and hook_number(frame.function) == 1]
    assert len(hooks) == after[0]
    assert seen.backward.error is None
    backward = {step.frame for step in seen.trace.steps if step.phase == "backward"}
    assert sum(frame.index in backward for frame in hooks) == after[0] - before[0]


def hook_frames(seen):
    return [frame for frame in seen.trace.frames if frame.role == "hook"]


@pytest.mark.parametrize("kind", BACKWARD)
def test_through_forward_a_hook_on_the_outermost_module_runs_never(kind):
    through = Experiment(model="simple", hooks=(Hook("", "observe", kind),), call="forward", backward=True)
    assert len(hook_frames(observe(dataclasses.replace(through, call="call")))) == 1
    assert hook_frames(observe(through)) == []


def test_the_gradient_of_an_input_that_needs_none_is_none():
    seen = observe(Experiment(model="simple", hooks=(Hook("", "observe", "full_backward"),), backward=True))
    (frame,) = hook_frames(seen)
    assert (frame.module, frame.module_class, frame.depth) == ("", "SimpleModel", 0)
    call = next(step for step in seen.trace.steps if step.frame == frame.index)
    given = {change.name: change.value.text for change in call.changes}
    assert (call.kind, call.phase, call.level) == ("call", "backward", 1)
    assert given["grad_input"] == "(None,)"
    assert given["grad_output"] == "(float32 [1, 2],)"
    assert any("`grad_input` = `(None,)`" in note for note in seen.notes)
    texts = narrate(seen)
    assert len(texts) == len(seen.trace.steps)
    assert "an input that needs no gradient" in texts[call.index]


def test_a_full_backward_hook_does_not_skip_the_first_module():
    """pytorch#56380 said so."""
    seen = observe(Experiment(model="feedforward", hooks=(Hook("fc1", "observe", "full_backward"),), backward=True))
    assert [frame.module for frame in hook_frames(seen)] == ["fc1"]


def test_a_full_backward_hook_before_an_in_place_relu():
    """pytorch#61519: the ReLU writes into a view, and torch refuses; without the hook it does not."""
    hooked = Experiment(model="inplace-relu", hooks=(Hook("linear", "observe", "full_backward"),), backward=True)
    seen = observe(hooked)
    assert seen.error.type == "RuntimeError"
    assert "is a view and is being modified inplace" in seen.error.message
    assert seen.error.function == "relu"
    assert seen.backward is None
    assert observe(dataclasses.replace(hooked, hooks=())).backward.error is None


def test_a_hook_that_raises_is_where_backward_raised():
    seen = observe(Experiment(model="cnn", hooks=(Hook("fc1", "raise", "full_backward"),), backward=True))
    error = seen.backward.error
    assert (error.type, error.message, error.function) == ("RuntimeError", "this hook raises", "fail#1")
    assert (seen.error, seen.trace.steps[error.step].kind) == (None, "exception")
    reached = {gradient.name for gradient in seen.backward.gradients if gradient.norm is not None}
    assert reached >= {"fc2.weight", "fc2.bias"}
    assert not reached & {"conv1.weight", "conv2.weight"}


def test_a_changed_gradient_reaches_the_parameters_before_it():
    plain = Experiment(model="cnn", backward=True)
    usual = {gradient.name: gradient.norm for gradient in observe(plain).backward.gradients}
    hooks = (Hook("fc2", "double", "full_backward"),)
    doubled = {g.name: g.norm for g in observe(dataclasses.replace(plain, hooks=hooks)).backward.gradients}
    assert doubled["fc2.weight"] == usual["fc2.weight"]
    assert doubled["fc1.weight"] == pytest.approx(2 * usual["fc1.weight"])


def test_what_returned_no_tensor_has_no_loss():
    seen = observe(Experiment(model="function", backward=True))
    assert (seen.backward.loss, seen.backward.error, seen.backward.gradients) == (None, None, ())
    assert "an `int`" in seen.backward.reason
    assert observe(Experiment(model="checkpoint", backward=True)).backward is None


def test_where_forward_itself_turned_gradients_off_the_reason_denies_no_parameter():
    class Without(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2, 1)

        def forward(self, x):
            with torch.no_grad():
                return self.linear(x)

    model = Without()
    found, raised = differentiate(model(torch.ones(1, 2)), model, "enabled")
    assert NOTHING in str(raised)
    assert found.reason == "Nothing in this output requires grad: autograd recorded nothing to go back through."
    drawn = record_autograd(model(torch.ones(1, 2)), model.named_parameters(), mode="enabled")
    assert "ran without gradients" in drawn.empty_reason


def test_a_parameter_that_nothing_reached_has_no_gradient():
    class Spare(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare = nn.Linear(2, 1), nn.Linear(2, 1)

        def forward(self, x):
            return self.used(x)

    model = Spare()
    done, _ = differentiate(model(torch.ones(1, 2)), model, "enabled")
    assert [gradient.name for gradient in done.gradients if gradient.norm is None] == ["spare.weight", "spare.bias"]
    assert "reached 2 of 4 parameters" in backward_words(done)
    assert "| `spare.weight` | \\[1\\, 2\\] | none |" in backward_table(done.gradients)


def test_infinite_gradients_are_text():
    model = nn.Linear(1, 1)
    done, _ = differentiate(model(torch.ones(1, 1)) * float("inf"), model, "enabled")
    assert [gradient.norm for gradient in done.gradients] == ["inf", "inf"]


def test_the_record_is_json_and_the_phase_is_the_last():
    seen = observe(Experiment(model="cnn", hooks=(Hook("fc1", "observe", "full_backward"),), backward=True))
    read = json.loads(seen.to_json())
    assert read["backward"]["gradients"][0]["name"] == "conv1.weight"
    assert PHASES[-1] == "backward"
    assert seen.trace.steps[-1].phase == "backward"


def test_observe_call_goes_no_further_than_the_call():
    model = build("simple")
    assert observe_call(model, torch.ones(1, 10)).backward is None
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.slow
@pytest.mark.parametrize("entry_mode", ["compile", "jit.trace"])
@pytest.mark.parametrize("key", ["cnn", "tuple-output", "batchnorm"])
def test_through_other_ways_in_the_gradients_are_the_same(key, entry_mode):
    plain = Experiment(model=key, backward=True, seed=SEED)
    before = bare.state()
    seen = observe(dataclasses.replace(plain, entry_mode=entry_mode))
    assert bare.differing(before, bare.state()) == []
    assert seen.backward == observe(plain).backward
