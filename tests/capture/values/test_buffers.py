"""Which buffers a call changed, against the buffers themselves."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from explorer.capture.values.buffers import WATCH_LIMIT, Buffers
from explorer.capture.values.snapshots import Snapshots
from explorer.runtime.module_tree import modules_of


class Holder(nn.Module):
    def __init__(self, *tensors):
        super().__init__()
        for place, tensor in enumerate(tensors):
            self.register_buffer(f"b{place}", tensor)


def changed_by(model, change):
    buffers = Buffers(model, modules_of(model))
    values = Snapshots(buffers.watched())
    change(model)
    return {each.name: (each.before.tensor.preview, each.after.tensor.preview) for each in buffers.changed(values)}


def fill(model):
    model.b0.fill_(7)


def replace(model):
    model.b0 = model.b0 + 1


def behind_autograds_back(model):
    model.b0.numpy()[:] = 7  # moves no version, as batch norm's native operation does not


@pytest.mark.parametrize("change", [fill, replace, behind_autograds_back])
def test_a_buffer_that_changed_is_named_with_both_its_values(change):
    model = Holder(torch.ones(2), torch.zeros(2))
    found = changed_by(model, change)
    assert list(found) == ["b0"]
    assert found["b0"] == ((1.0, 1.0), tuple(model.b0.tolist()))


def test_no_buffer_changed():
    assert changed_by(Holder(torch.ones(2), torch.empty(0), None), lambda model: model.b0 + 1) == {}
    assert changed_by(lambda: 0, lambda model: None) == {}
    layer = nn.Linear(1, 1)
    assert Buffers(layer, modules_of(layer)).watched() == {}


def test_batch_norm_in_train_mode_moves_all_three_and_in_eval_mode_none():
    x = torch.randn(4, 2)
    assert set(changed_by(nn.BatchNorm1d(2), lambda model: model(x))) == {
        "running_mean",
        "running_var",
        "num_batches_tracked",
    }
    with torch.inference_mode():
        assert set(changed_by(nn.BatchNorm1d(2), lambda model: model(x))) >= {"running_mean", "running_var"}
    assert changed_by(nn.BatchNorm1d(2).eval(), lambda model: model(x)) == {}


def test_a_large_buffer_is_watched_by_its_version():
    model = Holder(torch.zeros(WATCH_LIMIT + 1), torch.zeros(2))
    assert list(Buffers(model, modules_of(model)).watched()) == [id(model.b1)]
    assert "b0" in changed_by(model, fill)


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=8), st.integers(0, 7))
def test_contents_are_told_apart_by_their_bytes(values, place):
    model, at = Holder(torch.tensor(values)), place % len(values)
    before = model.b0.numpy().tobytes()

    def change(model):
        with np.errstate(invalid="ignore"):
            model.b0.numpy()[at] += 1000.0 + abs(model.b0[at].item())

    assert bool(changed_by(model, change)) == (model.b0.numpy().tobytes() != before)


def test_awkward_buffers_do_not_raise():
    tensors = [
        torch.ones(2).to_sparse(),
        torch.ones(2, dtype=torch.bfloat16),
        torch.ones(2, device="meta"),
        torch.tensor(1),
    ]
    assert changed_by(Holder(*tensors), lambda model: None) == {}


class ComesAndGoes(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("late", None)
        self.register_buffer("gone", torch.ones(2))
        self.register_buffer("emptied", torch.ones(2))
        self.register_buffer("stays", None)
        self.register_buffer("same", torch.ones(2))
        self.register_buffer("as_well", self.same)

    def forward(self, x):
        self.late = x * 2
        self.register_buffer("fresh", x + 1)
        self.register_buffer("empty", None)
        del self.gone
        self.emptied = None
        return x


def test_buffers_that_come_or_go_have_changed():
    seen = observe_call(ComesAndGoes(), torch.ones(2))
    sides = {each.name: (each.before, each.after) for each in seen.changed_buffers}
    found = {name: tuple(side and side.text for side in both) for name, both in sides.items()}
    assert found == {
        "late": ("None", "float32 [2]"),
        "fresh": (None, "float32 [2]"),
        "empty": (None, "None"),
        "gone": ("float32 [2]", None),
        "emptied": ("float32 [2]", "None"),
    }
    assert [each["name"] for each in json.loads(seen.to_json())["changed_buffers"]] == [*sides]


class MovesToItsOtherName(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("first", torch.ones(2))
        self.register_buffer("second", self.first)

    def forward(self, x):
        self.first = x
        return x


def test_a_buffer_with_two_names_is_not_new_under_the_second():
    assert [each.name for each in observe_call(MovesToItsOtherName(), torch.ones(2)).changed_buffers] == ["first"]
