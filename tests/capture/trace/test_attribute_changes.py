"""Plain attributes of modules: a step tells of a module what it was then, and a change is told where it is made.

The truth is a run of the same statements that writes down the values itself.
"""

import linecache
from functools import partial

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from tests.helpers import steps

X = torch.ones(1, 3)
changes = partial(steps.changes, file=__file__)


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.count = 0

    def forward(self, x):
        self.count += 1
        return self.drop(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.layers = nn.ModuleList([nn.Dropout(0.2), Inner()])
        self.norm = nn.BatchNorm1d(3)
        self.pool = nn.MaxPool1d(3, stride=1)
        self.cache = []
        self.sizes = {"a": 1}
        self.count = 0

    def forward(self, x):
        d = self.drop
        y = d(x)
        d.p = 0.1
        z = d(y)
        self.count += 1
        self.cache.append(3)
        self.cache[0] = 4
        self.sizes["a"] = 2
        setattr(self.layers[0], "p", 0.3)  # noqa: B010
        self.layers[0].eval()
        vars(self.drop)["p"] = 0.7
        object.__setattr__(self, "count", 17)
        self.norm.momentum = 0.5
        self.pool.stride = 2
        w = self.layers[1](x)
        self.drop = nn.Dropout(0.9)
        sets(self)
        delattr(self.norm, "momentum")
        return d(z) + w


def sets(m):
    m.layers[1].drop.p = 0.45
    m.count = 5


@pytest.fixture(scope="module")
def seen():
    with torch.random.fork_rng():
        return observe_call(Net(), X)


EXPECTED = {
    "d = self.drop": [("d", "new", "Dropout(p=0.5, inplace=False)")],
    "d.p = 0.1": [("d.p", "rebound", "0.1"), ("d", "modified in place", "Dropout(p=0.1, inplace=False)")],
    "self.count += 1": [("self.count", "rebound", "1")],
    "self.cache.append(3)": [("self.cache", "modified in place", "[3]")],
    "self.cache[0] = 4": [("self.cache", "modified in place", "[4]")],
    'self.sizes["a"] = 2': [("self.sizes", "modified in place", "dict of 1")],
    'setattr(self.layers[0], "p", 0.3)': [("self.layers[0].p", "rebound", "0.3")],
    "self.layers[0].eval()": [("self.layers[0].training", "rebound", "False")],
    'vars(self.drop)["p"] = 0.7': [
        ("d.p", "rebound", "0.7"),
        ("d", "modified in place", "Dropout(p=0.7, inplace=False)"),
    ],
    'object.__setattr__(self, "count", 17)': [("self.count", "rebound", "17")],
    "self.norm.momentum = 0.5": [("self.norm.momentum", "rebound", "0.5")],
    "self.pool.stride = 2": [("self.pool.stride", "rebound", "2")],
    "w = self.layers[1](x)": [("w", "new", "float32 [1, 3]"), ("self.layers[1].count", "rebound", "1")],
    "self.drop = nn.Dropout(0.9)": [("self.drop", "rebound", "Dropout(p=0.9, inplace=False)")],
    "sets(self)": [("self.layers[1].drop.p", "rebound", "0.45"), ("self.count", "rebound", "5")],
    "m.layers[1].drop.p = 0.45": [("m.layers[1].drop.p", "rebound", "0.45")],
    "m.count = 5": [("m.count", "rebound", "5")],
}


@pytest.mark.parametrize("text", EXPECTED)
def test_a_change_is_told_where_it_is_made(seen, text):
    assert seen.error is None
    found = changes(seen, text)
    if text == "self.count += 1":  # one of the outermost module, and one of the inner one
        assert found == [EXPECTED[text], EXPECTED[text]]
    else:
        assert found == [EXPECTED[text]]


def test_the_sentence_tells_it(seen):
    told = [
        text
        for step, text in zip(seen.trace.steps, narrate(seen), strict=True)
        if step.changes and step.changes[0].name == "d.p"
    ]
    assert told == ["`d.p` becomes 0.1.", "`d.p` becomes 0.7."]


def test_a_call_tells_the_module_as_it_was(seen):
    frames = seen.trace.frames
    texts = [
        change.value.text
        for step in seen.trace.steps
        if step.kind == "call" and frames[step.frame].function == "Dropout.forward"
        for change in step.changes
        if change.name == "self"
    ]
    assert texts == [f"Dropout(p={p}, inplace=False)" for p in (0.5, 0.1, 0.5, 0.7)]


def lazy_net(prepend):
    truth = []

    def hook(module, args):
        truth.append((type(module).__name__, module.in_features))

    model = nn.Sequential(nn.LazyLinear(2))
    model[0].register_forward_pre_hook(hook, prepend=prepend)
    return model, truth


@pytest.mark.parametrize("prepend", [True, False])
def test_a_hook_gets_a_lazy_module_as_it_was(prepend):
    model, truth = lazy_net(prepend)
    seen = observe_call(model, X)
    got = next(
        step.changes[0].value
        for step in seen.trace.steps
        if step.kind == "call" and seen.trace.frames[step.frame].function.endswith("hook")
        and seen.trace.frames[step.frame].file == __file__
    )  # fmt: skip
    ((kind, features),) = truth
    assert got.type == kind
    assert got.text == f"{kind}(in_features={features}, out_features=2, bias=True)"
    told = [change.name for step in seen.trace.steps for change in step.changes if change.name.endswith("__class__")]
    assert told


ATTRIBUTES = ("self.drop.p", "self.count", "self.layers[0].p", "self.layers[1].drop.p", "d.p", "self.drop.inplace")
WAYS = (
    "{0} = {1}",
    "setattr({2}, {3!r}, {1})",
    "vars({2})[{3!r}] = {1}",
    "{2}.__dict__.update({{ {3!r}: {1} }})",
    "object.__setattr__({2}, {3!r}, {1})",
    "sets_one({2}, {3!r}, {1})",
)


def sets_one(module, name, value):
    setattr(module, name, value)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(ATTRIBUTES), st.sampled_from(WAYS), st.sampled_from([0.25, 0.5, 0.75, 1])),
        min_size=1,
        max_size=8,
    )
)
def test_any_row_of_changes_is_told_as_the_values_say(written):
    """A program is written twice: as it is recorded, and with lines that write down the values after each statement."""
    lines, logged = ["def forward(self, x):", "    d = self.drop"], ["def forward(self, x, log):", "    d = self.drop"]
    for full, way, value in written:
        owner, _, name = full.rpartition(".")
        statement = "    " + way.format(full, value, owner, name)
        lines.append(statement)
        logged += [statement, f"    log.append(({', '.join(ATTRIBUTES)}))"]
    truth = []
    _compiled(logged, "logged")(Net(), X, truth)
    model = Net()
    initial = tuple(eval(each, {"self": model, "d": model.drop}) for each in ATTRIBUTES)
    seen = observe_call(_compiled(lines, "recorded"), model, X)
    assert seen.error is None
    state = dict(zip(ATTRIBUTES, initial, strict=True))
    own = [step for step in seen.trace.steps if step.kind == "statement" and step.frame == 0]
    statements = own[1:-1]  # without `d = self.drop` and the `return`
    assert len(statements) == len(truth)
    for step, values in zip(statements, truth, strict=True):
        wanted = dict(zip(ATTRIBUTES, values, strict=True))
        told = {change.name.replace("self.drop.", "d."): change.value.constant for change in step.changes}
        for name, value in wanted.items():
            short = name.replace("self.drop.", "d.")
            assert told.get(short, state[name]) == value
        assert {name for name in told if name != "d"} <= {name.replace("self.drop.", "d.") for name in ATTRIBUTES}
        state = wanted
        restated = [change.value.text for change in step.changes if change.name == "d"]
        assert all(text == f"Dropout(p={wanted['d.p']}, inplace={wanted['self.drop.inplace']})" for text in restated)


def _compiled(lines, name):
    text = "\n".join([*lines, "    return x"]) + "\n"
    file = f"/written/{name}_{abs(hash(text))}.py"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names = {"sets_one": sets_one}
    exec(compile(text, file, "exec"), names)
    return names["forward"]
