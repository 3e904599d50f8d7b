"""The named values of objects: their tensors are shown, few of them, and no code of their classes runs."""

import dataclasses
import json
from collections import OrderedDict, namedtuple

import pytest
import torch
from torch import nn

from explorer.capture.values.summaries import summarize
from explorer.record.json_values import plain

Point = namedtuple("Point", "x y")


def size(summary):
    return len(json.dumps(plain(summary)))


@dataclasses.dataclass
class Result:
    logits: torch.Tensor
    loss: object = None


@dataclasses.dataclass(slots=True)
class Slots:
    logits: torch.Tensor


@dataclasses.dataclass
class ModelOutput(OrderedDict):
    logits: torch.Tensor
    loss: object = None

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if getattr(self, field.name) is not None:
                self[field.name] = getattr(self, field.name)


@dataclasses.dataclass
class EmptyMapping(dict):
    logits: torch.Tensor


class Plain:
    def __init__(self, tensor):
        self.name, self.inner, self.scores, self.me = "a", [1], {"all": tensor}, self
        self.logits = tensor


class Untold:
    def __init__(self):
        self.name, self.numbers, self.layer = "a", [1, 2], nn.Linear(2, 2)


ONES = torch.ones(2, 3, requires_grad=True)


@pytest.mark.parametrize(
    ("value", "names", "text"),
    [
        (Result(ONES), ["logits", "loss"], "Result(logits=float32 [2, 3], loss=None)"),
        (Slots(ONES), ["logits"], "Slots(logits=float32 [2, 3])"),
        (ModelOutput(ONES), ["'logits'"], "ModelOutput of 1"),
        (EmptyMapping(ONES), ["logits"], "EmptyMapping(logits=float32 [2, 3])"),
        (Point(ONES, 1), ["x", "y"], "Point(x=float32 [2, 3], y=1)"),
        (ONES.max(1), ["values", "indices"], "max(values=float32 [2], indices=int64 [2])"),
        (torch.distributions.Normal(ONES, 1.0), ["loc", "scale"], None),
        (Untold(), [], "Untold"),
        (object(), [], "object"),
    ],
)
def test_the_named_values_of_an_object_are_items(value, names, text):
    summary = summarize(value)
    assert [name for name, _ in summary.items] == names
    assert text is None or summary.text == text
    if names:
        assert summary.items[0][1].tensor.requires_grad


def test_of_a_plain_object_those_attributes_are_items_that_hold_tensors():
    summary = summarize(Plain(ONES))
    assert [name for name, _ in summary.items] == ["scores", "me", "logits"]
    assert summary.items[0][1].items[0][1].tensor.shape == (2, 3)
    assert len(summary.text) <= 120
    assert "…" in summary.text


@pytest.mark.parametrize("fields", [1, 3, 4, 6, 7, 100, 10_000])
def test_the_summary_of_an_object_is_bounded(fields):
    kind = dataclasses.make_dataclass("Wide", [(f"field_{index}", object) for index in range(min(fields, 100))])
    made = kind(*[ONES] * min(fields, 100))
    plain = Plain(ONES)
    vars(plain).update({f"attribute_{index}": plain for index in range(fields)})
    for value in (made, plain, [made] * 6, Point(plain, [plain] * 6)):
        summary = summarize(value)
        assert len(summary.text) <= 120
        assert len(summary.items) <= 6
        assert size(summary) < 20_000


def test_no_code_of_an_objects_class_runs():
    def refuse(self, *_):
        raise RuntimeError("the caller's code")

    names = ("__getattr__", "__getattribute__", "__repr__", "__eq__", "__hash__", "__iter__", "__len__", "__dir__")
    kind = type("Hostile", (), {**dict.fromkeys(names, refuse), "logits": property(refuse), "__slots__": ("kept",)})
    value = kind()
    kind.__dict__["kept"].__set__(value, ONES)
    assert summarize(value).text == "Hostile(kept=float32 [2, 3])"
    declared = type("Declared", (), {"__dataclass_fields__": property(refuse), "_fields": 5, "__match_args__": refuse})
    assert summarize(declared()).text == "Declared"
