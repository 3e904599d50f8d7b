"""A summary carries the value itself where it is a short constant, so that no text has to be read back."""

import json
import math

import pytest
import torch

from explorer import observe_call


def given(value):
    """The summary of what a function was given."""
    seen = observe_call(lambda x: None, value)
    return seen.inputs[0][1], json.loads(seen.to_json())["inputs"][0][1]


class Fails:
    def method(self):
        raise NotImplementedError


CONSTANTS = [
    True, False, 0, -1, 2**63 - 1, -(2**63), 1.5, -0.0, 1e300, "", "enabled", "'quoted'", "None", "x" * 80,
]  # fmt: skip


@pytest.mark.parametrize("value", CONSTANTS, ids=repr)
def test_a_short_constant_is_the_value_itself(value):
    for constant in (given(value)[0].constant, given(value)[1]["constant"]):
        assert constant == value
        assert type(constant) is type(value)


@pytest.mark.parametrize("value", [2**63, math.inf, math.nan, "x" * 81, None, 1j, b"x", torch.ones(2), object()])
def test_anything_else_has_no_constant(value):
    assert given(value)[0].constant is None


def test_functions_and_methods_are_known_by_their_qualified_name():
    assert given(given)[0][:2] == ("function", "function given")
    assert given(given)[0].constant == "given"
    assert given(Fails().method)[0].constant == "Fails.method"


def test_an_exception_has_its_message():
    assert given(ValueError("no such unit"))[0].constant == "no such unit"


@pytest.mark.parametrize(
    ("value", "length"),
    [((), 0), ([], 0), ({}, 0), ((1,), 1), ([1, 2], 2), (tuple(range(9)), 9), ({"a": 1}, 1), ({1, 2}, 2), ("ab", None),
     (torch.ones(2), None), (3, None)],
    ids=repr,
)  # fmt: skip
def test_a_container_has_its_length(value, length):
    assert given(value)[0].length == length


@pytest.mark.parametrize(
    ("value", "only"),
    [((None,), True), ((None,) * 6, True), ((None,) * 7, False), ((), False), ([None], False), ((None, 1), False),
     (None, False)],
    ids=repr,
)  # fmt: skip
def test_a_tuple_that_holds_none_and_nothing_else(value, only):
    assert given(value)[0].only_nones is only
