"""Which module a frame belongs to: each way of writing a `forward`, called in each way, against what Python says.

The oracle is a probe in each `forward`, which notes the module that it runs for.
"""

from __future__ import annotations

import functools
import types

import pytest
import torch
from torch import nn

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from tests.reading.narration.test_claims import unproved

PROBED: list[nn.Module] = []
X = torch.ones(1, 2)


def probe(module, x):
    PROBED.append(module)
    return x + 1


class Plain(nn.Module):
    def forward(self, x):
        return probe(self, x)


class This(nn.Module):
    def forward(this, x):
        return probe(this, x)


class Starred(nn.Module):
    def forward(*args, **kwargs):
        return probe(*args)


class Positional(nn.Module):
    def forward(module, /, x):
        return probe(module, x)


class NoGrad(nn.Module):
    @torch.no_grad()
    def forward(self, x):
        return probe(self, x)


def wrapped(function):
    @functools.wraps(function)
    def around(*args, **kwargs):
        return function(*args, **kwargs)

    return around


def wrapped_by_name(function):
    @functools.wraps(function)
    def around(self, x):
        return function(self, x)

    return around


def wrapped_without_a_word(function):
    def around(*args, **kwargs):
        return function(*args, **kwargs)

    return around


class Wrapped(nn.Module):
    @wrapped
    def forward(self, x):
        return probe(self, x)


class WrappedByName(nn.Module):
    @wrapped_by_name
    def forward(self, x):
        return probe(self, x)


class WrappedTwice(nn.Module):
    @wrapped
    @torch.no_grad()
    @wrapped_without_a_word
    def forward(me, x):
        return probe(me, x)


class WrappedWithoutAWord(nn.Module):
    @wrapped_without_a_word
    def forward(self, x):
        return probe(self, x)


class Alias(nn.Module):
    def run(self, x):
        return probe(self, x)

    forward = run


class Partial(nn.Module):
    def run(self, by, x):
        return probe(self, x)

    forward = functools.partialmethod(run, 1)


class Derived(Plain):
    def forward(self, x):
        return super().forward(x)


class DerivedThis(This):
    def forward(me, x):
        return super().forward(x)


class DerivedOldStyle(Plain):
    def forward(self, x):
        return Plain.forward(self, x)


class DerivedFromWrapped(Wrapped):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


class ThroughProperty(nn.Module):
    @property
    def forward(self):
        return self.run

    def run(self, x):
        return probe(self, x)


class InClosure(Plain):
    def forward(self, x):
        def forward(y):
            return probe(self, y)

        return forward(x)


class OwnCall(nn.Module):
    def __call__(this, x):
        return this.forward(x)

    def forward(self, x):
        return probe(self, x)


def with_method(module, x):
    return probe(module, x)


def bound():
    layer = nn.Identity()
    layer.forward = types.MethodType(with_method, layer)
    return layer


def bound_of_another():
    layer = nn.Identity()
    layer.forward = types.MethodType(This.forward, layer)
    return layer


def around_its_own():
    layer = Plain()
    layer.forward = wrapped_without_a_word(layer.forward)
    return layer


def named_around_its_own():
    layer = Plain()
    layer.forward = wrapped(layer.forward)
    return layer


def partial_of_function():
    layer = nn.Identity()
    layer.forward = functools.partial(with_method, layer)
    return layer


def closure():
    layer = nn.Identity()

    def forward(x):
        return probe(layer, x)

    layer.forward = forward
    return layer


def anonymous():
    layer = nn.Identity()
    layer.forward = lambda x: probe(layer, x)
    return layer


def static():
    class Static(nn.Module):
        @staticmethod
        def forward(x):
            return probe(layer, x)

    layer = Static()
    return layer


# The frame of a function that is not given its module is known where the call spells `forward`, and nowhere else.
WITHOUT_MODULE = {"closure": closure, "anonymous": anonymous, "static": static}
KNOWN = {
    kind.__name__: kind
    for kind in (
        Plain, This, Starred, Positional, NoGrad, Wrapped, WrappedByName, WrappedTwice, WrappedWithoutAWord, Alias,
        Derived, DerivedThis, DerivedOldStyle, DerivedFromWrapped, InClosure, bound, bound_of_another, around_its_own,
        named_around_its_own,
    )
}  # fmt: skip
SPELLED_ONLY = {
    "Partial": Partial,
    "ThroughProperty": ThroughProperty,
    "partial_of_function": partial_of_function,
    **WITHOUT_MODULE,
}
WRITTEN = {**KNOWN, **SPELLED_ONLY}


def call(layer, x):
    return layer(x)


def spelled(layer, x):
    return layer.forward(x)


def spelled_by_getattr(layer, x):
    return getattr(layer, "forward")(x)  # noqa: B009


def by_variable(layer, x):
    run = layer.forward
    return run(x)


def handed_on(layer, x):
    return apply(layer.forward, x)


def apply(function, x):
    return function(x)


def by_map(layer, x):
    return next(iter(map(layer.forward, [x])))


def in_comprehension(layer, x):
    return [each.forward(x) for each in [layer]][0]  # noqa: RUF015


def in_inner_function(layer, x):
    def forward(y):
        return layer.forward(y)

    return forward(x)


SPELLED = (spelled, spelled_by_getattr, in_comprehension, in_inner_function)
INDIRECT = (by_variable, handed_on, by_map)


class Outer(nn.Module):
    def __init__(self, layer, way):
        super().__init__()
        self.layer = layer
        self.way = way

    def forward(self, x):
        def forward(y):  # no frame of this module, though `self` is a variable of it
            return self.way(self.layer, y)

        return forward(x)


def seen_of(make, way):
    layer = make()
    layer.register_forward_hook(lambda *args: None)
    model = Outer(layer, way)
    PROBED.clear()
    bare = model(X)
    expected = list(PROBED)
    seen = observe_call(model, X)
    assert torch.equal(bare, seen.value)
    assert expected == [layer]
    assert list(PROBED) == [layer, layer]
    return seen


def check(seen, past):
    """The layer was called once, by `__call__` or past it."""
    assert [call.module for call in seen.graph.calls] == ["", "layer"]
    assert [frame.module for frame in seen.trace.frames if frame.past_call] == (["layer"] if past else [])
    ran = [frame for frame in seen.trace.frames if frame.function == "probe"]
    assert [(frame.module, frame.module_call) for frame in ran] == [("layer", 1)]
    notes = [note for note in seen.notes if note.startswith("The `forward` of `layer` was called past `__call__`:")]
    assert len(notes) == past
    assert unproved(seen) == []


@pytest.mark.parametrize("written", WRITTEN)
def test_a_call_is_one_call_of_the_module_and_not_past_call(written):
    check(seen_of(WRITTEN[written], call), past=False)


@pytest.mark.parametrize("way", SPELLED, ids=lambda way: way.__name__)
@pytest.mark.parametrize("written", WRITTEN)
def test_a_forward_that_is_called_by_its_name_is_past_call(written, way):
    seen = seen_of(WRITTEN[written], way)
    check(seen, past=True)
    assert any("`layer`'s `forward`, past `__call__`" in text for text in narrate(seen))


@pytest.mark.parametrize("way", INDIRECT, ids=lambda way: way.__name__)
@pytest.mark.parametrize("written", KNOWN)
def test_a_forward_that_is_handed_on_is_past_call(written, way):
    check(seen_of(KNOWN[written], way), past=True)


@pytest.mark.parametrize("way", INDIRECT, ids=lambda way: way.__name__)
@pytest.mark.parametrize("written", SPELLED_ONLY)
def test_nothing_is_said_of_a_function_that_is_not_known_to_be_a_forward(written, way):
    seen = seen_of(SPELLED_ONLY[written], way)
    assert {call.module for call in seen.graph.calls} <= {"", "layer"}
    assert unproved(seen) == []


CLASSES = [kind for kind in KNOWN.values() if isinstance(kind, type)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_function_of_a_class_is_called_with_a_module(kind):
    check(seen_of(kind, lambda layer, x: type(layer).forward(layer, x)), past=True)


def test_the_forward_of_a_base_class_alone_is_past_call():
    check(seen_of(Derived, lambda layer, x: Plain.forward(layer, x)), past=True)


def test_a_forward_of_another_class_is_none_of_the_module():
    seen = observe_call(Outer(nn.Identity(), lambda layer, x: This.forward(layer, x)), X)
    assert [call.module for call in seen.graph.calls] == [""]
    assert unproved(seen) == []


def test_a_call_of_ones_own_is_known_by_its_class():
    seen = seen_of(OwnCall, call)
    check(seen, past=True)
    (frame,) = [frame for frame in seen.trace.frames if frame.function == "OwnCall.__call__"]
    assert (frame.module, frame.entry) == ("layer", "called")
    assert any("calls `layer` (OwnCall), whose class has a `__call__` of its own" in text for text in narrate(seen))


def test_buffers_and_attributes_are_told_by_the_name_that_the_method_has():
    class Counting(nn.Module):
        def __init__(this):
            super().__init__()
            this.register_buffer("seen", torch.zeros(1))
            this.calls = 0

        def forward(this, x):
            this.seen.add_(1)
            this.calls += 1
            return x

    seen = observe_call(Counting(), X)
    own = [frame.index for frame in seen.trace.frames if frame.role == "forward"]
    steps = [step for step in seen.trace.steps if step.frame in own and step.kind == "statement"]
    assert [change.name for step in steps for change in step.changes] == ["this.seen", "this.calls"]
