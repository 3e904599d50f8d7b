"""Who was called, as the sentences and the record say it, for hooks of every kind and statements of every shape."""

from __future__ import annotations

import functools
import operator
import pprint
import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from tests.reading.narration.test_claims import unproved


def hook_function(*args):
    return None


class OwnHook:
    def __call__(self, *args):
        return None

    def method(self, *args):
        return None


class HookModule(nn.Module):
    def forward(self, *args):
        return None


class InstalledHook(pprint.PrettyPrinter):
    """Its `__call__` is here; see `INSTALLED` for one whose code is a library's."""

    def __call__(self, *args):
        return None


# What is registered → what the record calls it, and its kind.
CALLABLES = {
    "function": (hook_function, "hook_function", "function"),
    "lambda": (lambda *args: None, "<lambda>", "function"),
    "bound method": (OwnHook().method, "OwnHook.method", "method"),
    "partial": (functools.partial(hook_function), "hook_function", "partial"),
    "nested partial": (functools.partial(functools.partial(hook_function)), "hook_function", "partial"),
    "own object": (OwnHook(), "OwnHook", "object"),
    "derived object": (InstalledHook(), "InstalledHook", "object"),
    "library object": (operator.methodcaller("train"), "methodcaller", "object"),
    "module": (HookModule(), "HookModule", "module"),
    "partial of a builtin": (functools.partial(print, end="", file=None), "print", "partial"),
}
# The first is called before `forward`: its result would replace the arguments.
KINDS = ("forward", "forward_pre")


def said(seen):
    return list(zip(seen.trace.steps, narrate(seen), strict=True))


def quiet(model, *args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return observe_call(model, *args)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CALLABLES)
def test_a_hook_is_known_by_what_it_is(name, kind, capsys):
    hook, called_name, called_kind = CALLABLES[name]
    model = nn.Linear(3, 2)
    if name == "library object" and kind == "forward_pre":
        pytest.skip("it returns the module, which is no argument")
    getattr(model, f"register_{kind}_hook")(hook)
    seen = quiet(model, torch.ones(1, 3))
    called = [step.called for step in seen.trace.steps if step.called is not None]
    (hooked,) = [each for each in called if each.name.rpartition(".")[2] != "forward" or each.kind == "module"][:1]
    assert (hooked.name.removeprefix("test_callees."), hooked.kind) == (called_name, called_kind)
    assert unproved(seen) == []
    hooks = [frame.function for frame in seen.trace.frames if frame.role == "hook"]
    own_code = called_kind not in ("module",) and name not in ("library object", "partial of a builtin")
    assert len(hooks) == (1 if own_code else 0)
    (sentence,) = [text for _, text in said(seen) if text.startswith("The hook") and "called" in text]
    if called_kind in ("object", "module"):
        assert f"`{called_name}`" in sentence
    if name == "partial of a builtin":
        assert sentence == "The hook, a partial of `print`, is called. It returns None."


@pytest.mark.filterwarnings("ignore")
def test_hooks_of_torch_are_told_by_their_class_and_what_they_return():
    layers = {
        "WeightNorm": nn.utils.weight_norm(nn.Linear(3, 2)),
        "SpectralNorm": nn.utils.spectral_norm(nn.Linear(3, 2)),
        "L1Unstructured": prune.l1_unstructured(nn.Linear(3, 2), "weight", 0.5),
    }
    for name, layer in layers.items():
        seen = quiet(layer, torch.ones(1, 3))
        texts = narrate(seen)
        assert any(f"a `{name}`" in text or f"an `{name}`" in text for text in texts), name
        assert any(text.startswith("The hook, a") and text.endswith("is called. It returns None.") for text in texts)
        assert not any(text.startswith("A hook runs") for text in texts)  # it has no frame
        assert not [frame for frame in seen.trace.frames if frame.role == "hook"]
        assert unproved(seen) == []


class Generates(nn.Module):
    def forward(self, x):
        yield x


class Awaits(nn.Module):
    async def forward(self, x):
        return x


class GeneratesLater(nn.Module):
    async def forward(self, x):
        yield x


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (Generates, "is a generator function: a generator is made, and no line of it runs."),
        (Awaits, "is a coroutine function: a coroutine is made, and no line of it runs."),
        (GeneratesLater, "is an asynchronous generator function: an asynchronous generator is made, and no line of it"),
    ],
)
@pytest.mark.parametrize("hooked", [True, False])
def test_a_forward_that_makes_a_generator_does_not_run(kind, what, hooked):
    model = kind()
    if hooked:
        model.register_forward_hook(hook_function)
    seen = observe_call(model, torch.ones(2))
    texts = narrate(seen)
    assert any(text.startswith(f"`{kind.__name__}.forward` {what}") for text in texts)
    assert not any(frame.role == "forward" for frame in seen.trace.frames)
    assert not any("runs at last" in text for text in texts)
    assert unproved(seen) == []
    if kind is not Generates and hasattr(seen.value, "close"):
        seen.value.close()


class Refuses(nn.Module):
    def forward(self):
        return None


class ChecksItself(nn.Module):
    def forward(self, x):
        raise TypeError("Refuses.forward() takes 1 positional argument but 2 were given")


def test_whether_python_refused_a_call_is_measured_and_not_read_off_the_message():
    refused = "Python cannot call `forward` with these arguments: no line of it runs."
    assert refused in narrate(observe_call(Refuses(), 1))
    assert refused not in narrate(observe_call(ChecksItself(), 1))
    patched = nn.Identity()
    patched.forward = operator.methodcaller("forward() ")  # which raises AttributeError
    assert refused not in narrate(observe_call(patched, 1))


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        return self.fc(x)


def helper(layer, x):
    return layer(x)


class Vector:
    def __init__(self, layer):
        self.layer = layer

    def __add__(self, x):
        return self.layer(x)


class Statements(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.own = Own()
        self.layers = nn.ModuleList([nn.Linear(3, 3)])
        self.table = {"b": nn.Linear(3, 3)}
        self.apply_a = functools.partial(self.a)

    @property
    def scaled(self):
        return self.a(torch.ones(1, 3))

    def forward(self, x):
        i, name = 0, "a"
        x = self.a(x)
        x = getattr(self, name)(x)
        x = self.layers[i](x)
        x = self.layers[-1](x)
        for layer in self.layers:
            x = layer(x)
        (x,) = [each(x) for each in self.layers]
        x = helper(self.a, x)
        (x,) = map(self.a, [x])
        x = self.scaled + x
        x = Vector(self.a) + x
        x = self.own(x)
        x = self.a.forward(x)
        x = self.a.__call__(x)
        x = torch.utils.checkpoint.checkpoint(self.a, x, use_reentrant=False)
        x = self.table["b"](x)
        return x


PAST = "past `__call__`, so its hooks are not looked at"


def test_a_statement_calls_what_python_called_there():
    model = Statements()
    seen = quiet(model, torch.ones(1, 3))
    assert seen.error is None
    lines = __import__("linecache").getlines(__file__)
    told = {
        lines[step.line - 1].strip(): text
        for step, text in said(seen)
        if step.kind == "statement" and step.frame is not None
        and seen.trace.frames[step.frame].function == "Statements.forward"
    }  # fmt: skip
    begins = {
        "x = self.a(x)": "It calls `a` (Linear)",
        "x = getattr(self, name)(x)": "It calls `a` (Linear",
        "x = self.layers[i](x)": "It calls `layers.0` (Linear)",
        "x = self.layers[-1](x)": "It calls `layers.0` (Linear",
        "x = layer(x)": "It calls `layers.0` (Linear",
        "(x,) = [each(x) for each in self.layers]": "It calls `layers.0` (Linear",
        "x = helper(self.a, x)": "It leads to a call of `a` (Linear",
        "x = self.scaled + x": "It runs the operation `ones`, then leads to a call of `a` (Linear",
        "x = Vector(self.a) + x": "It leads to a call of `a` (Linear",
        "x = self.own(x)": "It calls `own` (Own), whose class has a `__call__` of its own.",
        "x = self.a.forward(x)": f"It runs `a`'s `forward`, {PAST}.",
        "x = self.a.__call__(x)": "It calls `a` (Linear",
        "x = torch.utils.checkpoint.checkpoint(self.a, x, use_reentrant=False)": "It calls `",
        'x = self.table["b"](x)': "It calls a `Linear`.",
    }
    for line, text in begins.items():
        assert told[line].startswith(text), (line, told[line])
    assert (
        "`checkpoint`, which leads to a call of `a` (Linear"
        in told["x = torch.utils.checkpoint.checkpoint(self.a, x, use_reentrant=False)"]
    )
    assert unproved(seen) == []


class SetsItself(nn.Module):
    """Its `__setattr__` runs inside a hook of torch's: that is not the hook."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 2))

    def __setattr__(self, name, value):
        super().__setattr__(name, value)

    def forward(self, x):
        return x @ self.weight


@pytest.mark.filterwarnings("ignore")
def test_what_runs_inside_of_a_hook_is_not_the_hook():
    seen = quiet(nn.utils.weight_norm(SetsItself()), torch.ones(1, 2))
    inside = [frame for frame in seen.trace.frames if frame.function == "SetsItself.__setattr__"]
    assert inside
    assert {(frame.role, frame.entry) for frame in inside} == {("other", "inside")}
    assert not any(text.startswith("A hook runs") for text in narrate(seen))
