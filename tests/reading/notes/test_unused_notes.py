# ruff: noqa: B010, F841, RET504, RUF059
"""An output that goes nowhere is one that Python threw away: each case by hand, and none where something may use it."""

from collections import deque

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from explorer import observe_call

X = torch.ones(2, 4)
KEPT = []


def alone(x):
    F.dropout(x)
    return x


def operator(x):
    x + 1
    return x


def operator_of_calls(x):
    x @ x.t()
    return x


def assigned(x):
    y = F.relu(x)
    return x


def assigned_again(x):
    y = F.relu(x)
    y = F.gelu(x)
    return y


def deleted(x):
    y = F.relu(x)
    del y
    return x


def inside(x):
    def helper(x):
        return F.relu(x)

    helper(x)
    return x


def in_a_loop(x):
    for _ in range(3):
        y = F.relu(x)
    return x


THROWN_AWAY = [
    (alone, "dropout"),
    (operator, "add"),
    (operator_of_calls, "matmul"),
    (assigned, "relu"),
    (assigned_again, "relu"),
    (deleted, "relu"),
    (inside, "relu"),
    (in_a_loop, "relu"),
]


def returned(x):
    return F.relu(x)


def used(x):
    y = F.relu(x)
    return y + x


def in_place(x):
    x = x.clone()
    x.add_(1)
    return x


def into_out(x):
    y = torch.empty_like(x)
    torch.add(x, 1, out=y)
    return y


def written(x):
    y = torch.zeros_like(x)
    y[0] = F.relu(x)[0]
    return y


def kept(x):
    KEPT.append(F.relu(x))
    return x


def kept_later(x):
    y = F.relu(x)
    KEPT.append(y)
    return x


def a_number(x):
    y = x.sum()
    if y.item() > 0:
        return x
    return -x


def a_condition(x):
    if (x > 0).all():
        return x
    return -x


def printed(x):
    y = x.sum()
    print(y)
    return x


def its_shape(x):
    y = F.relu(x)
    return x.view(y.shape)


def closure(x):
    y = F.relu(x)

    def later():
        return y

    KEPT.append(later)
    return x


def all_names(x):
    y = F.relu(x)
    KEPT.append(locals())
    return x


def global_name(x):
    global GLOBAL
    GLOBAL = F.relu(x)
    return x


def attribute(x):
    x.note = F.relu(x)
    return x


def read_again(x):
    y = F.relu(x)
    for _ in range(2):
        x = x * 2
        if _ == 1:
            x = x + y
    return x


def two_results(x):
    values, indices = x.max(1)
    return values


def passed_on(x):
    def keep(y):
        KEPT.append(y)

    keep(F.relu(x))
    return x


def as_numpy(x):
    return torch.from_numpy(F.relu(x).numpy())


def asserted(x):
    assert (x > 0).all(), "some are negative"
    return x


def a_statistic(x):
    y = x.norm(keepdim=True)
    return x / y


class Container:
    """Keeps what it is given, under the names that torch's operations and Python's containers have."""

    def __init__(self):
        self.held = []

    def add(self, value):
        self.held.append(value)

    @property
    def product(self):
        return X * 2


HOLDER, HELD, QUEUE, BY_NAME, SEEN, OWN = nn.Module(), [], deque(), {}, set(), Container()


def kept_by_setattr(x):
    setattr(HOLDER, "seen", x + 3)
    return x


def kept_past_setattr(x):
    object.__setattr__(HOLDER, "seen", x[0])
    return x


def kept_as_a_buffer(x):
    HOLDER.register_buffer("kept", x * 2)
    return x


def kept_in_a_list(x):
    HELD.append(x.T)
    return x


def kept_in_a_deque(x):
    QUEUE.append(-x)
    return x


def kept_in_a_dict(x):
    BY_NAME["seen"] = x + 5
    BY_NAME.setdefault("other", x > 0)
    return x


def kept_in_a_set(x):
    SEEN.add(x + 6)  # the very name of the operation
    return x


def kept_by_a_method(x):
    OWN.add(x + 7)
    return x


def kept_from_a_property(x):
    HELD.append(OWN.product)
    return x


USED = [
    kept_by_setattr,
    kept_past_setattr,
    kept_as_a_buffer,
    kept_in_a_list,
    kept_in_a_deque,
    kept_in_a_dict,
    kept_in_a_set,
    kept_by_a_method,
    kept_from_a_property,
    returned,
    used,
    in_place,
    into_out,
    written,
    kept,
    kept_later,
    a_number,
    a_condition,
    printed,
    its_shape,
    closure,
    all_names,
    global_name,
    attribute,
    read_again,
    two_results,
    passed_on,
    as_numpy,
    asserted,
    a_statistic,
]


def nowhere(seen):
    return [note for note in seen.notes if "goes nowhere" in note]


def as_module(function):
    class Net(nn.Module):
        def forward(self, x):
            return function(x)

    return Net()


@pytest.mark.parametrize("wrap", [lambda function: function, as_module])
@pytest.mark.parametrize(("function", "operation"), THROWN_AWAY)
def test_what_is_thrown_away_goes_nowhere(function, operation, wrap):
    (note,) = nowhere(observe_call(wrap(function), X.clone()))
    assert note.startswith(f"The output of `{operation}` goes nowhere: after `")
    assert f" in `{function.__name__}`, line " in note


@pytest.mark.parametrize("wrap", [lambda function: function, as_module])
@pytest.mark.parametrize("function", USED)
def test_what_may_be_used_is_not_said_to_go_nowhere(function, wrap, capsys):
    with torch.no_grad():
        assert nowhere(observe_call(wrap(function), X.clone(), reraise=True)) == []


def test_a_modules_output():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop, self.inner = nn.Dropout(), nn.Sequential(nn.Linear(4, 4))

        def forward(self, x):
            self.drop(x)
            self.inner(x)
            return x

    found = nowhere(observe_call(Net(), X))
    assert [note.partition(" goes nowhere: after ")[2].partition(" in ")[0] for note in found] == [
        "`self.drop(x)`",
        "`self.inner(x)`",
    ]
