"""Code whose text cannot be read runs all the same, and the record says of which functions."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass

import torch
from torch import nn

from explorer import observe_call

X = torch.ones(1, 2)
TEXT = """
from torch import nn

class Made(nn.Module):
    def forward(self, x):
        y = x * 2
        return y

def double(x):
    y = x * 2
    return y
"""
Pair = namedtuple("Pair", "one two")


@dataclass
class Holder:
    value: object


def made():
    names = {}
    exec(TEXT, names)
    return names


def test_a_forward_that_exec_made_has_steps_without_code():
    seen = observe_call(made()["Made"](), X)
    assert [each.kind for each in seen.unrecorded] == ["no source"]
    assert seen.notes[0] == (
        "`Made.forward` has no source that can be read (made from `<string>`): its steps show no code."
    )


def test_a_function_that_exec_made_and_a_model_calls_is_named_with_its_lines():
    double = made()["double"]
    seen = observe_call(lambda x: double(x) + 1, X)
    assert seen.notes[0] == (
        "`double` has no source that can be read (made from `<string>`): its 2 lines are not among the steps."
    )


def test_what_dataclass_and_namedtuple_make_is_not_the_callers_text():
    def forward(x):
        return Pair(Holder(x).value, x).one

    assert observe_call(forward, X).unrecorded == ()


def test_a_model_with_its_source_says_nothing():
    assert observe_call(nn.Linear(2, 2), X).unrecorded == ()


def test_two_functions_of_one_name_without_a_source_are_both_told():
    one, two = {}, {}
    exec(compile(TEXT, "<string>", "exec"), one)
    exec(compile(TEXT, "<string>2", "exec"), two)

    def forward(x):
        return one["double"](x) + two["double"](x)

    seen = observe_call(forward, X)
    assert sorted(each.file for each in seen.unrecorded) == ["<string>", "<string>2"]
