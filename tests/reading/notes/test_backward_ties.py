"""Why a backward hook did not run: each reason apart, and a bare backward pass in which the hook did not run either."""

import warnings

import pytest
import torch
from torch import nn

from explorer import Experiment, Hook, observe
from explorer.catalog.hooks import register
from explorer.experiment.prepare import PreparedCall
from explorer.observe import _observation, _record
from explorer.reading.notes.hook_notes import hook_notes
from explorer.runtime.isolation import exclusive

KINDS = ("full_backward", "full_backward_pre", "backward")


class Net(nn.Module):
    """A part, whose output a function turns into the model's."""

    def __init__(self, inside, after):
        super().__init__()
        self.first, self.linear, self.after = nn.Linear(3, 3), Part(inside), after

    def forward(self, x):
        return self.after(self, self.first(x))


class Part(nn.Module):
    def __init__(self, inside):
        super().__init__()
        self.linear, self.inside = nn.Linear(3, 3), inside

    def forward(self, x):
        return self.inside(self, x)


class Box:
    def __init__(self, tensor):
        self.tensor = tensor


def linear(self, x):
    return self.linear(x)


def in_a_dict(self, x):
    return {"y": self.linear(x)}


def in_a_box(self, x):
    return Box(self.linear(x))


def in_a_list(self, x):
    return [self.linear(x)]


def numbers(self, x):
    return (1, 2)


def detached(self, x):
    return self.linear(x).detach()


def without_gradients(self, x):
    with torch.no_grad():
        return self.linear(x)


def weight_alone(self, x):
    return self.linear.weight * 2


def take(self, x):
    return self.linear(x)


def take_y(self, x):
    return self.linear(x)["y"]


def take_tensor(self, x):
    return self.linear(x).tensor


def take_first(self, x):
    return self.linear(x)[0]


def beside(self, x):
    self.linear(x)
    return x


def detach(self, x):
    return self.linear(x).detach() + x


def under_no_grad(self, x):
    with torch.no_grad():
        y = self.linear(x)
    return y + x


TIES = "torch ties it to a tensor or a tuple, and its module returned"
CASES = [  # what the part does, what is done with it, the kinds of hooks that do not run, the reason
    (in_a_dict, take_y, KINDS[:2], f"{TIES} a `dict`: torch warned"),
    (in_a_box, take_tensor, KINDS[:2], f"{TIES} a `Box`: torch warned"),
    (in_a_list, take_first, KINDS[:2], f"{TIES} a `list`: torch warned"),
    (numbers, beside, KINDS[:2], "there was no tensor in its module's output to tie it to"),
    (detached, beside, KINDS[:2], "autograd did not record its module's output, so it was tied to nothing"),
    (
        detached,
        beside,
        KINDS[2:],
        "autograd did not record its module's output, so there was no `grad_fn` to hang it on",
    ),
    (without_gradients, beside, KINDS[:2], "autograd did not record its module's output, so it was tied to nothing"),
    (linear, under_no_grad, KINDS[:2], "autograd did not record its module's output, so it was tied to nothing"),
    (linear, beside, KINDS[:2], "the backward pass did not come "),
    (linear, detach, KINDS[:1], "the backward pass did not come from its module's output to its inputs"),
    (linear, detach, KINDS[1:2], "the backward pass did not come to its module's output"),
    (linear, detach, KINDS[2:], "the backward pass did not come to the function of autograd's on which it hangs"),
    (weight_alone, take, KINDS[:1], "the backward pass did not come from its module's output to its inputs"),
    (linear, take, (), ""),
    (in_a_dict, take_y, (), ""),
]


def fires(model, kind, x):
    """Whether a hook runs in a bare backward pass."""
    ran = []
    names = {"backward": "register_backward_hook", "full_backward_pre": "register_full_backward_pre_hook"}
    add = getattr(model.linear, names.get(kind, "register_full_backward_hook"))
    handle = add(lambda *given: ran.append(given) and None)
    model(x).sum().backward()
    handle.remove()
    return bool(ran)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("inside", "after", "idle", "why", "kind"),
    # A legacy hook on what has no first item raises in the call itself.
    [(*case, kind) for case in CASES for kind in KINDS if kind != "backward" or case[0] not in (in_a_box, numbers)],
)
def test_why_a_backward_hook_did_not_run(inside, after, idle, why, kind):
    x = torch.ones(2, 3)
    ran = fires(Net(inside, after), kind, x)
    model, hook = Net(inside, after), Hook("linear", "observe", kind)
    register(model, [hook])
    with exclusive():
        run = _record(PreparedCall(model, (x,), {}), backward=True)
    (note,) = hook_notes(_observation(run, Experiment(model="simple", hooks=(hook,), backward=True)))
    assert (" ran once " in note) == ran
    if kind in idle:
        assert not ran
        assert f" did not run: {why}" in note


def test_the_backward_pass_went_on_without_the_hook():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = observe(Experiment(model="dict-output", hooks=(Hook(kind="full_backward"),), backward=True))
    assert seen.backward.reached == 2
    assert hook_notes(seen)[0].endswith(
        f" did not run: {TIES} a `dict`: torch warned. `backward()` ran without it, and gave 2 parameters a gradient."
    )
