"""Exceptions keep their identity, cause and context: held against the real objects."""

from __future__ import annotations

from contextlib import suppress

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from tests.reading.narration.test_claims import unproved


def raise_from(depth, link):
    """Raise one exception out of another, `depth` deep."""
    if depth == 0:
        raise ValueError("0")
    try:
        raise_from(depth - 1, link)
    except Exception as error:
        if link == "from":
            raise RuntimeError(str(depth)) from error
        if link == "from None":
            raise KeyError(depth) from None
        if link == "from another":
            raise OSError(depth) from TypeError("another")
        if link == "again":
            raise
        if link == "by name":
            raise error
        raise IndexError(depth)  # noqa: B904


def chain_of(exception):
    """(class, link) of everything that led to an exception, each once, by the attributes of the objects."""
    found, met = [], []

    def go(each, link):
        if each is None or any(other is each for other in met):
            return
        met.append(each)
        found.append((type(each).__name__, str(each), link))
        go(each.__cause__, "cause")
        go(each.__context__, "context")
        for member in getattr(each, "exceptions", ()):
            go(member, "member")

    go(exception, "itself")
    return found


def recorded(error):
    """The same of the record."""
    found = []

    def go(each, link):
        if each is not None:
            found.append((each.type, each.message, link))
            go(each.cause, "cause")
            go(each.context, "context")
            for member in each.members:
                go(member, "member")

    go(error, "itself")
    return found


def real(function, *args):
    try:
        function(*args)
    except BaseException as error:
        return error
    return None


LINKS = ("from", "from None", "from another", "again", "by name", "context")


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 5), st.sampled_from(LINKS))
def test_what_led_to_an_exception_is_what_the_object_says(depth, link):
    seen = observe_call(raise_from, depth, link)
    assert recorded(seen.error) == chain_of(real(raise_from, depth, link))
    assert unproved(seen) == []


def test_each_object_has_one_number_and_no_other_has_it():
    for link in LINKS:
        seen = observe_call(raise_from, 3, link)
        numbers = [step.exception for step in seen.trace.steps if step.kind == "exception"]
        assert sorted(set(numbers)) == list(range(len(seen.trace.exceptions)))
        objects = 1 if link in ("again", "by name") else 4
        assert len(seen.trace.exceptions) == objects, link


def group():
    raise ExceptionGroup("several", [ValueError("a"), ExceptionGroup("inner", [KeyError("b")])])


def cycle():
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    raise one


def long_chain():
    error = ValueError("0")
    for number in range(100):
        above = ValueError(str(number + 1))
        above.__cause__, error = error, above
    raise error


def test_groups_cycles_and_long_chains():
    links = [(kind, link) for kind, _, link in chain_of(real(group))]
    assert [(kind, link) for kind, _, link in recorded(observe_call(group).error)] == links
    assert recorded(observe_call(cycle).error) == [("ValueError", "one", "itself"), ("ValueError", "two", "cause")]
    seen = observe_call(long_chain)
    assert 10 < len(recorded(seen.error)) < 20
    seen.to_json()


class Missing(nn.Module):
    @property
    def scale(self):
        return self.factr * 2

    def forward(self, x):
        return x * self.scale


def test_an_attribute_error_of_a_property_is_another_one_than_that_of_getattr():
    seen = observe_call(Missing(), torch.ones(2))
    assert seen.error.message == "'Missing' object has no attribute 'scale'"
    assert seen.error.cause is None
    assert seen.error.context is None  # Python gave it none: what took the first is written in C
    assert seen.error.follows.message == "'Missing' object has no attribute 'factr'"
    assert seen.error.follows.function == "Missing.scale"
    assert [each.function for each in seen.trace.exceptions] == ["Module.__getattr__", "Module.__getattr__"]
    texts = narrate(seen)
    assert texts[seen.error.step] == (
        "This statement raises AttributeError: 'Missing' object has no attribute 'scale'. It is another one than the "
        "exception that left `Missing.scale`, AttributeError: 'Missing' object has no attribute 'factr': "
        "`Module.__getattr__` raised it after that. The call ends without a result."
    )
    assert unproved(seen) == []


def always_called(*args):
    return None


class Raises(nn.Module):
    def forward(self, x):
        raise ValueError("no")


def test_what_call_impl_catches_it_raises_again():
    model = Raises()
    model.register_forward_hook(always_called, always_call=True)
    seen = observe_call(model, torch.ones(2))
    (text,) = [text for text in narrate(seen) if "catches the exception" in text]
    assert text.startswith("`Module._call_impl` catches the exception, and line ")
    assert text.endswith(" raises it again.")
    assert len(seen.trace.exceptions) == 1
    assert unproved(seen) == []


def generates():
    yield 1
    raise ValueError("in the generator")


def goes_through():
    return list(generates())


def swallows():
    with suppress(ValueError):
        raise ValueError("swallowed")
    return 1


def another_after_swallowing():
    try:
        raise ValueError("first")
    except ValueError:
        found = 1
    raise KeyError(found)


def stops():
    return next(iter([]))


@pytest.mark.parametrize(
    ("function", "exceptions"),
    [(goes_through, 1), (swallows, 1), (another_after_swallowing, 2), (stops, 1)],
)
def test_exceptions_that_end_in_other_ways(function, exceptions):
    seen = observe_call(function)
    assert len(seen.trace.exceptions) == exceptions
    assert recorded(seen.error) == chain_of(real(function))
    assert unproved(seen) == []
