"""A node is what Python called: what it was given, what it gave, and whether it raised, against the call itself."""

import dataclasses
from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from explorer.capture.operations.held_tensors import tensors_held_by
from tests.helpers import bare

GRADS = ("enabled", "no_grad", "inference_mode")


def operations(seen):
    return [node for node in seen.graph.nodes if node.kind == "operation"]


def shapes(labels):
    return [list(label.shape) for label in labels]


def edges(seen):
    name = {node.id: node.operation for node in seen.graph.nodes}
    return [(name[edge.source], name[edge.target]) for edge in seen.graph.edges]


def assert_forwards(seen):
    place = {node.id: number for number, node in enumerate(seen.graph.nodes)}
    assert all(place[edge.source] < place[edge.target] for edge in seen.graph.edges)
    for node in seen.graph.nodes:
        assert not (node.raised and node.outputs)
        if node.inside is not None:
            inner = {each.id: number for number, each in enumerate(node.inside.nodes)}
            assert all(inner[edge.source] < inner[edge.target] for edge in node.inside.edges)


# ---- what a call makes for itself stays inside

X = torch.randn(2, 3, 4)
IMAGES = torch.randn(2, 3, 4, 4)
DROPOUTS = {
    "dropout": (lambda x: F.dropout(x), X),
    "dropout in place": (lambda x: F.dropout(x, inplace=True), X),
    "dropout1d": (lambda x: F.dropout1d(x), X),
    "dropout2d": (lambda x: F.dropout2d(x), IMAGES),
    "dropout3d": (lambda x: F.dropout3d(x), IMAGES[None]),
    "alpha_dropout": (lambda x: F.alpha_dropout(x, training=True), X),
    "feature_alpha_dropout": (lambda x: F.feature_alpha_dropout(x, training=True), IMAGES),
    "rrelu": (lambda x: F.rrelu(x, training=True), X),
    "attention": (lambda x: F.scaled_dot_product_attention(x, x, x, dropout_p=0.5), X),
    "torch.dropout": (lambda x: torch.dropout(x, 0.5, True), X),
    "feature_dropout": (lambda x: torch.feature_dropout(x, 0.5, True), IMAGES),
}


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("what", DROPOUTS)
def test_what_drops_at_random_took_one_tensor_and_gave_one(what, grad):
    function, x = DROPOUTS[what]
    with bare.grad(grad):
        seen = observe_call(function, x.clone())
    (node,) = operations(seen)
    assert (shapes(node.inputs), shapes(node.outputs)) == ([list(x.shape)], [list(x.shape)])
    assert edges(seen) == [("input", node.operation), (node.operation, "output")]


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_recurrent_layer_with_dropout_is_one_operation(kind, grad):
    layer = kind(4, 5, num_layers=2, dropout=0.5)
    states = 2 if kind is nn.LSTM else 1
    with bare.grad(grad):
        seen = observe_call(layer, X)
    *zeros, node = operations(seen)
    assert {each.operation for each in zeros} == {"zeros"}
    assert sorted(shapes(node.inputs)) == sorted([[2, 3, 4], *([[2, 3, 5]] * states)])
    assert shapes(node.outputs) == [[2, 3, 5]] * (1 + states)
    assert {name for name, _ in node.parameters} == {name for name, _ in layer.named_parameters()}


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a @ b,
        torch.matmul,
        lambda a, b: torch.matmul(a, b),
        lambda a, b: a.matmul(b),
        lambda a, b: [torch.matmul][0](a, b),
        lambda a, b: getattr(torch, "matmul")(a, b),  # noqa: B009
    ],
)
def test_a_product_is_one_node_however_it_is_written(function, grad):
    a, b = torch.randn(2, 3, 4, requires_grad=True), torch.randn(2, 4, 5)
    with bare.grad(grad):
        seen = observe_call(lambda a, b: function(a, b) if function is not torch.matmul else torch.matmul(a, b), a, b)
    (node,) = operations(seen)
    assert (node.operation, shapes(node.inputs), shapes(node.outputs)) == (
        "matmul", [[2, 3, 4], [2, 4, 5]], [[2, 3, 5]],
    )  # fmt: skip


def writes_items(x, mask, row):
    y = x * 2
    y[mask] = 1
    y[0] = row
    y[1:, 0] += 3
    return -(y**2)


def test_an_operator_is_one_node():
    seen = observe_call(writes_items, torch.randn(3, 4), torch.ones(3, 4, dtype=torch.bool), torch.randn(4))
    names = [node.operation for node in operations(seen)]
    assert names == ["mul", "__setitem__", "__setitem__", "__getitem__", "add_", "__setitem__", "pow", "neg"]
    by_mask, by_row = [node for node in operations(seen) if node.operation == "__setitem__"][:2]
    assert (shapes(by_mask.inputs), shapes(by_mask.outputs), by_mask.in_place) == ([[3, 4], [3, 4]], [[3, 4]], True)
    assert (shapes(by_row.inputs), shapes(by_row.outputs), by_row.in_place) == ([[3, 4], [4]], [[3, 4]], True)
    assert_forwards(seen)


def test_a_view_and_what_was_written_into_its_base_both_made_the_output():
    def transposed_then_written(a):
        b = a.t()
        a.mul_(2)
        return b

    seen = observe_call(transposed_then_written, torch.randn(3, 4))
    assert edges(seen) == [("input", "t"), ("input", "mul_"), ("t", "output"), ("mul_", "output")]


# ---- two calls are two nodes, in traced code or not


def untraced(source):
    space = {"torch": torch}
    exec(compile(source, "<string>", "exec"), space)
    return space["f"]


LOOPS = {
    "traced": lambda x: loop(x),
    "traced, one line": lambda x: loop_on_a_line(x),
    "comprehension": lambda x: [x.exp() for _ in range(4)][-1],
    "map": lambda x: list(map(torch.exp, [x] * 4))[-1],
    "untraced": untraced("def f(x):\n    for _ in range(4):\n        x = x.exp()\n    return x\n"),
    "untraced, one line": untraced("def f(x):\n    for _ in range(4): x = x.exp()\n    return x\n"),
    "untraced calls": untraced(
        "def g(x):\n    return x.exp()\ndef f(x):\n    for _ in range(4): x = g(x)\n    return x\n"
    ),
    "untraced generator": untraced(
        "def g(x):\n    while True: yield x.exp()\n"
        "def f(x):\n    made = g(x)\n    return [next(made) for _ in range(4)][-1]\n"
    ),
    "untraced comprehension": untraced("def f(x):\n    return [x.exp() for _ in range(4)][-1]\n"),
}  # fmt: skip


def loop(x):
    for _ in range(4):
        x = x.exp()
    return x


def loop_on_a_line(x):
    for _ in range(4): x = x.exp()  # fmt: skip # noqa: E701
    return x


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("where", LOOPS)
def test_each_turn_of_a_loop_is_a_node(where, grad):
    with bare.grad(grad):
        seen = observe_call(lambda x: LOOPS[where](x), torch.zeros(2))
    assert [node.operation for node in operations(seen)] == ["exp"] * 4
    assert_forwards(seen)


@pytest.mark.parametrize("what", ["mean", "log_prob", "entropy", "rsample"])
def test_a_distribution_has_its_edges_forwards(what):
    def call(x):
        found = getattr(torch.distributions.Normal(x, x.exp(), validate_args=True), what)
        return found(x) if what == "log_prob" else found() if callable(found) else found

    seen = observe_call(call, torch.randn(3))
    assert_forwards(seen)
    checked = [node.operation for node in operations(seen)].count("_is_all_true")
    assert checked == (3 if what == "log_prob" else 2)


STEPS = {
    "add": (lambda a, b: a + b, 1), "matmul": (lambda a, b: a @ b, 1), "neg": (lambda a, b: -a, 1),
    "in place": (lambda a, b: a.clone().add_(b), 2), "dropout": (lambda a, b: torch.dropout(a, 0.5, True), 1),
    "linear": (lambda a, b: F.linear(a, b), 1), "untraced": (untraced("def f(a, b):\n    return (a * b).exp()\n"), 2),
    "chunk": (lambda a, b: torch.cat(a.chunk(2)), 2), "item": (lambda a, b: a[0, 0:2][None, :1] + b, 3),
    "nested": (lambda a, b: torch.mul(a.exp(), torch.relu(b)), 3),
}  # fmt: skip


@given(
    st.lists(st.tuples(st.sampled_from(list(STEPS)), st.integers(0, 3), st.integers(0, 3)), max_size=6),
    st.integers(1, 3),
    st.sampled_from(GRADS),
)
@settings(max_examples=60, deadline=None)
def test_a_program_has_the_nodes_that_were_counted_by_hand(program, turns, grad):
    def run(x):
        values = [x, x.exp()]
        for _ in range(turns):
            for name, first, second in program:
                values.append(STEPS[name][0](values[first % len(values)], values[second % len(values)]))
        return values[-1]

    with bare.grad(grad):
        seen = observe_call(run, torch.eye(4).mul(0.1).requires_grad_())
    assert seen.error is None
    assert len(operations(seen)) == 1 + turns * sum(STEPS[name][1] for name, _, _ in program)
    assert_forwards(seen)
    for node in operations(seen):
        assert node.outputs
        assert 1 <= len(node.inputs) <= 2


# ---- calls that raise

with torch.inference_mode():
    INFERENCE = torch.randn(2, 3)


def raising(x, w):
    return {
        "linear": lambda: F.linear(x, w),
        "matmul": lambda: x @ w,
        "torch.matmul": lambda: torch.matmul(x, w),
        "nested": lambda: torch.mm(x.relu(), w),
        "conv": lambda: F.conv2d(x, w),
        "add": lambda: x + w,
        "add to text": lambda: x + "a",
        "unknown keyword": lambda: torch.relu(x, nothing=1),
        "cat": lambda: torch.cat([x, w]),
        "view": lambda: x.view(5, 5),
        "bilinear": lambda: F.bilinear(x, x, w),
        "cross entropy": lambda: torch.nn.functional.nll_loss(x, w),
        "embedding": lambda: torch.embedding(x, w),
        "lift": lambda: x[w],
    }


NAMES = {"nested": "mm", "add to text": "add", "unknown keyword": "relu", "torch.matmul": "matmul"}


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("what", list(raising(None, None)))
def test_a_call_that_raises_has_its_inputs_and_no_output(what, grad):
    with bare.grad(grad):
        seen = observe_call(lambda x, w: raising(x, w)[what](), torch.ones(3, 4), torch.ones(2, 3))
    assert seen.error is not None
    *_, node = operations(seen)
    assert (node.raised, node.outputs) == (True, ())
    if what in ("linear", "matmul", "torch.matmul", "add", "cat", "lift"):
        assert sorted(shapes(node.inputs)) == [[2, 3], [3, 4]]
    if what in ("add to text", "unknown keyword", "view"):
        assert shapes(node.inputs) == [[3, 4]]
    if what == "nested":
        assert ("relu", "mm") in edges(seen)
    if what in NAMES:
        assert node.operation == NAMES[what]
    assert [each.raised for each in operations(seen)].count(True) == 1
    assert_forwards(seen)


@pytest.mark.parametrize(
    "layer", [nn.Linear(3, 2), nn.Bilinear(3, 3, 2), nn.PReLU(), nn.LayerNorm(3), nn.RNNCell(3, 2)]
)
def test_an_inference_tensor_that_meets_autograd(layer):
    given = (INFERENCE, INFERENCE) if isinstance(layer, nn.Bilinear) else (INFERENCE,)
    seen = observe_call(layer, *given)
    if seen.error is None:  # a layer that saves nothing of its input
        return
    *_, node = operations(seen)
    assert (node.raised, node.outputs) == (True, ())
    assert [2, 3] in shapes(node.inputs)


def test_what_was_caught_raised_and_what_came_after_did_not():
    def call(x):
        for _ in range(3):
            try:
                torch.relu(x, "a")
            except TypeError:
                x = x + 1
        return x

    seen = observe_call(call, torch.ones(2))
    assert [(node.operation, node.raised) for node in operations(seen)] == [("relu", True), ("add", False)] * 3


def test_an_exception_of_something_else_is_no_call_that_raised():
    def call(x):
        return torch.relu(x) + nothing  # noqa: F821

    seen = observe_call(call, torch.ones(2))
    assert [(node.operation, node.raised) for node in operations(seen)] == [("relu", False)]


# ---- scripts


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x).relu()


def plus_one(x):
    return (x + 1).exp()


# What torch has for `script(x)`. `torch.testing` puts functions of its own in their place, which then call these.
CALLS_OF_CLASS = {
    torch.jit.ScriptFunction: torch.jit.ScriptFunction.__call__,
    torch._C.ScriptMethod: torch._C.ScriptMethod.__call__,
}
SCRIPTS = {
    "traced module": (lambda: torch.jit.trace(Net(), torch.ones(3, 4)), "Net.forward", ["t", "addmm", "relu"]),
    "scripted module": (lambda: torch.jit.script(Net()), "Net.forward", ["t", "addmm", "relu"]),
    "traced function": (lambda: torch.jit.trace(plus_one, torch.ones(3, 4)), "plus_one", ["add", "exp"]),
    "scripted function": (lambda: torch.jit.script(plus_one), "plus_one", ["add", "exp"]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", SCRIPTS)
def test_a_script_is_one_node_that_has_its_operations_inside(what):
    make, name, inner = SCRIPTS[what]
    script = make()
    seen = observe_call(script, torch.ones(3, 4))
    assert [node.operation for node in operations(seen)] == [name]
    (node,) = operations(seen)
    assert (node.operation, shapes(node.inputs)) == (name, [[3, 4]])
    assert edges(seen) == [("input", name), (name, "output")]
    assert [each.operation for each in node.inside.nodes if each.kind == "operation"] == inner
    assert [each.kind for each in node.inside.nodes].count("input") == 1
    assert [each.kind for each in node.inside.nodes].count("output") == 1
    assert len(node.details) == len(inner)
    assert_forwards(seen)
    assert seen.to_json()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", SCRIPTS)
def test_a_script_that_the_call_of_its_class_is_given_is_one_node_as_well(what):
    make, name, _ = SCRIPTS[what]
    script = make()
    method = script.forward if isinstance(script, nn.Module) else script
    of_class = CALLS_OF_CLASS[type(method)]

    def by_itself(x):
        return of_class(method, x)

    def among_others(*arguments):
        return of_class(*arguments)

    assert [node.operation for node in operations(observe_call(by_itself, torch.ones(3, 4)))] == [name]
    assert [node.operation for node in operations(observe_call(among_others, method, torch.ones(3, 4)))] == [name]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", SCRIPTS)
def test_each_run_of_a_script_has_the_same_operations_inside(what):
    make, _, inner = SCRIPTS[what]
    script = make()
    for _ in range(4):  # torch optimizes a script in its second run
        (node,) = operations(observe_call(script, torch.ones(3, 4)))
        kinds = [each.kind for each in node.inside.nodes]
        assert [each.operation for each in node.inside.nodes if each.kind == "operation"] == inner
        assert (kinds.count("input"), kinds.count("output")) == (1, 1)
        named = [name for each in node.inside.nodes for name, _ in each.parameters]
        assert sorted(named) == (["fc.bias", "fc.weight"] if "module" in what else [])


# ---- tensors in objects


@dataclasses.dataclass
class Result:
    logits: torch.Tensor
    extra: object = None


@dataclasses.dataclass(slots=True)
class Slots:
    logits: torch.Tensor


class Plain:
    def __init__(self, tensor):
        self.tensor, self.me = tensor, self


class Hostile(list):
    def __iter__(self):
        raise RuntimeError("the caller's code")

    def __len__(self):
        raise RuntimeError("the caller's code")


def holding(x):
    deep = [x]
    for _ in range(5000):
        deep = [deep]
    circle = [x]
    circle.append(circle)
    return {
        "dataclass": Result(x, "text"), "slots": Slots(x), "plain": Plain(x), "set": {x}, "frozenset": frozenset([x]),
        "ordered": OrderedDict(x=x), "hostile": Hostile([x]), "deep": deep, "circle": circle,
        "mixed": [Plain([{"a": x}])],
    }  # fmt: skip


@pytest.mark.parametrize("what", list(holding(None)))
def test_a_tensor_in_an_object_has_its_node_at_both_ends(what):
    def call(given):
        (x,) = tensors_held_by(given)
        return holding(x + 1)[what]

    seen = observe_call(call, holding(torch.ones(2))[what])
    assert seen.error is None
    assert edges(seen) == [("input", "add"), ("add", "output")]


class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm, self.layer_norm = nn.Linear(4, 4), nn.BatchNorm1d(4), nn.LayerNorm(4)
        self.drop = nn.Dropout()

    def forward(self, x):
        return self.drop(self.layer_norm(self.norm(self.linear(x))))


class GivesTwo(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x):
        y = self.norm(x)
        return y, y.relu()


@pytest.mark.parametrize("grad", ["enabled", "no_grad"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("model", "results"), [(Normed, [[5, 4]]), (GivesTwo, [[5, 4], [5, 4]])])
def test_a_script_gives_what_its_schema_says_however_often_it_ran(model, results, training, grad):
    script, other = torch.jit.script(model().train(training)), torch.jit.script(model().train(training))
    for _ in range(3):  # from the second time on, torch runs it in another way
        with bare.grad(grad):
            try:
                other(torch.randn(5, 4))
                raises = False
            except RuntimeError:  # under `inference_mode`, once a batch norm's script has run with gradients
                raises = True
            (node,) = operations(observe_call(script, torch.randn(5, 4)))
        assert node.raised is raises
        assert shapes(node.outputs) == ([] if raises else results)
