"""What each statement changed: names, tensors in place, buffers, and the grad mode."""

from functools import partial

import pytest
import torch
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.experiment import Hook
from explorer.reading.narration.narrator import narrate
from tests.helpers import steps

X = torch.ones(1, 2)
changes = partial(steps.changes, file=__file__)


class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        y = x * 1
        y += 1
        with torch.no_grad():
            y[0] = 5
        self.calls += 1
        self.calls = self.calls + 1
        z = y
        return z


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_tensors_and_buffers_that_change(mode):
    with mode():
        seen = observe_call(Counts(), X)
    assert changes(seen, "y = x * 1") == [[("y", "new", "float32 [1, 2]")]]
    assert changes(seen, "y += 1") == [[("y", "modified in place", "float32 [1, 2]")]]
    assert changes(seen, "y[0] = 5") == [[("y", "modified in place", "float32 [1, 2]")]]
    assert ("self.calls", "modified in place", "float32 []") in changes(seen, "self.calls += 1")[0]
    assert [(name, kind) for name, kind, _ in changes(seen, "self.calls = self.calls + 1")[0]] == [
        ("self.calls", "rebound")
    ]
    assert changes(seen, "z = y") == [[("z", "new", "float32 [1, 2]")]]
    entering, leaving = changes(seen, "with torch.no_grad():")
    if mode is torch.enable_grad:
        assert (entering, leaving) == ([("grad mode", "grad mode", "'off'")], [("grad mode", "grad mode", "'enabled'")])
    else:
        assert (entering, leaving) == ([], [])
    assert [(changed.name, changed.after.tensor.preview) for changed in seen.changed_buffers] == [("calls", (2.0,))]


def entries(seen):
    """What each frame's call step told of the grad mode, by the frame's function."""
    return [
        (seen.trace.frames[step.frame].function, change.value.text)
        for step in seen.trace.steps
        if step.kind == "call"
        for change in step.changes
        if change.kind == "grad mode"
    ]


class Doubles(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * 2
        return y


class Applies(nn.Module):
    def forward(self, x):
        y = Doubles.apply(x)
        return y


def test_a_grad_mode_switched_before_a_frame_began_is_told_at_its_call():
    """`apply` is C++, and runs `forward` with grad mode off."""
    seen = observe_call(Applies(), X)
    assert entries(seen) == [("Doubles.forward", "'off'")]
    assert changes(seen, "y = x * 2") == [[("y", "new", "float32 [1, 2]")]]
    assert changes(seen, "y = Doubles.apply(x)") == [[("y", "new", "float32 [1, 2]")]]  # it is back as it was


def switched_off(x):
    torch.set_grad_enabled(False)
    return truth(x)


def truth(x):
    return bool(x.sum())


def leaves_it_off(x):
    switched_off(x)
    torch.set_grad_enabled(True)
    return x


def test_a_grad_mode_that_a_callee_left_behind_is_told_once_and_its_end_too():
    seen = observe_call(leaves_it_off, X)
    assert entries(seen) == []
    assert changes(seen, "torch.set_grad_enabled(False)") == [[("grad mode", "grad mode", "'off'")]]
    assert changes(seen, "switched_off(x)") == [[]]
    assert changes(seen, "torch.set_grad_enabled(True)") == [[("grad mode", "grad mode", "'enabled'")]]


class GoesBack(nn.Module):
    def __init__(self):
        super().__init__()
        self.child = nn.ReLU()

    def forward(self, x):
        y = x.clone().requires_grad_() * 2
        y.register_hook(self.child)
        y.sum().backward()
        return y


def test_a_grad_mode_is_told_where_it_was_found_and_not_of_the_frame_that_was_given_the_same():
    """autograd calls the module: `_wrapped_call_impl` begins with grad mode off, and passes all on to `_call_impl`."""
    seen = observe_call(GoesBack(), X)
    assert entries(seen) == [("Module._wrapped_call_impl", "'off'")]
    assert [text for text in narrate(seen) if "Grad mode is off when it begins." in text] == [
        "Calling the submodule `child` (ReLU) is a call like the outermost one: `__call__` is `_wrapped_call_impl`. "
        "Grad mode is off when it begins."
    ]


@pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning")
@pytest.mark.parametrize("kind", ["full_backward", "backward"])
def test_autograds_own_switch_is_not_credited_to_a_statement(kind):
    seen = observe(Experiment(model="simple", hooks=(Hook(kind=kind),), backward=True))
    told = [step.kind for step in seen.trace.steps for change in step.changes if change.kind == "grad mode"]
    assert told
    assert set(told) == {"call"}
    assert "grad mode" not in " ".join(narrate(seen)[step.index] for step in seen.trace.steps if step.kind != "call")
    assert sum("Grad mode is off when it begins." in text for text in narrate(seen)) == len(told)


def test_batch_norm_moves_its_statistics_in_the_statement_that_does_it():
    seen = observe_call(nn.BatchNorm1d(2), torch.tensor([[0.0, 1.0], [2.0, 5.0]]))
    changed = {
        change.name: seen.trace.frames[step.frame].function
        for step in seen.trace.steps
        for change in step.changes
        if change.kind == "modified in place" and change.name.startswith("self.")
    }
    assert changed == dict.fromkeys(
        ["self.num_batches_tracked", "self.running_mean", "self.running_var"], "_BatchNorm.forward"
    )
    assert {m.name: m.after.tensor.preview for m in seen.changed_buffers}["running_mean"] == pytest.approx((0.1, 0.3))


class Written(nn.Module):
    def __init__(self, write):
        super().__init__()
        self.register_buffer("count", torch.zeros(2))
        self.register_buffer("other", torch.zeros(2))
        self.write = write

    def forward(self, x):
        self.write(self.count)
        return x + self.count


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize(
    "write",
    [
        lambda buffer: buffer.add_(1),
        lambda buffer: buffer.view(-1).add_(1),
        lambda buffer: buffer[:1].add_(1),
        lambda buffer: buffer.detach().add_(1),
        lambda buffer: buffer.data.add_(1),
        lambda buffer: torch.add(buffer, 1, out=buffer),
        lambda buffer: buffer.copy_(X[0]),
        lambda buffer: (buffer.set_(torch.zeros(2)), buffer[:1].add_(1)),
        lambda buffer: (buffer.set_(torch.zeros(2)), buffer.data.add_(1)),
    ],
    ids=["itself", "view", "part", "detached", "data", "out", "copy", "set, then part", "set, then data"],
)
def test_a_buffer_is_told_of_whatever_shows_its_memory_to_the_operation(write, mode):
    model = Written(write)
    with mode():
        seen = observe_call(model, X)
    assert model.count[0].item() == 1
    assert changes(seen, "self.write(self.count)") == [[("self.count", "modified in place", "float32 [2]")]]
    (changed,) = seen.changed_buffers
    assert changed.name == "count"
    assert list(changed.after.tensor.preview) == model.count.tolist()
    told = [change for step in seen.trace.steps for change in step.changes if change.name == "self.other"]
    assert [change.kind for change in told] == ["new"] * len(told)


class MovesAway(nn.Module):
    """Gives its buffer other memory, and goes on there."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.mean.data = self.mean * 0.5 + x[0]
        self.calls.add_(1)
        self.mean[0] = 7.0
        return x - self.mean


def test_a_buffer_that_was_given_other_memory_is_told_as_it_is_there():
    seen = observe_call(MovesAway(), X)
    told = [change.value.tensor for step in seen.trace.steps for change in step.changes if change.name == "self.mean"]
    assert [list(tensor.preview) for tensor in told] == [[1, 1], [7, 1]]
    assert changes(seen, "self.mean[0] = 7.0") == [[("self.mean", "modified in place", "float32 [2]")]]


class Tree(nn.Module):
    def forward(self, x):
        for value in self.values(x, 3, set()):
            x = x + value
        return x

    def values(self, x, depth, seen):
        seen.add(depth)
        yield x
        if depth:
            yield from self.values(x, depth - 1, seen)


def test_a_name_is_told_once_where_a_paused_generator_goes_on():
    run = observe_call(Tree(), X)
    frames = run.trace.frames
    resumed = [step for step in run.trace.steps if step.kind == "call" and frames[step.frame].part is not None]
    told = [[(change.name, change.kind) for change in step.changes if change.name == "seen"] for step in resumed]
    assert all(len(once) == 1 for once in told)
    assert [("seen", "modified in place")] in told  # by the generator within, while this one was paused
