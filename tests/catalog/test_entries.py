"""The entries against what the documents say of them: keys, shapes, and the errors that teach."""

import ast
import inspect
import json
from collections import OrderedDict
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from explorer.catalog import ENTRIES, build, entry, example_inputs, shown_code, submodule_paths
from explorer.catalog.hooks import register
from explorer.catalog.hooks.hook import Hook
from explorer.catalog.hooks.registering import function_of
from tests.helpers.kinds import ONE_TENSOR

DATA = Path(__file__).parent.parent / "data"

# key: (shape of the input, shape of the output), counted by hand from the documents' description.
SHAPES = {
    "simple": ([1, 10], [1, 2]),
    "example": ([1, 5], [1, 3]),
    "dropout": ([1, 5], [1, 3]),
    "linear-regression": ([1, 10], [1, 1]),
    "feedforward": ([1, 20], [1, 10]),
    "cnn": ([1, 3, 28, 28], [1, 10]),
    "digits": ([1, 3, 28, 28], [1, 10]),
    "digits-dropout": ([1, 3, 28, 28], [1, 10]),
    "resnet18": ([1, 3, 64, 64], [1, 1000]),
    "batchnorm": ([4, 3, 8, 8], [4, 2]),
    "recurrent": ([1, 12, 8], [1, 4]),
    "transformer": ([1, 12, 16], [1, 4]),
    "patched-forward": ([1, 10], [1, 2]),
    "patched-call": ([1, 10], [1, 2]),
    "borrowed-weights": ([1, 10], [1, 2]),
    "inplace-relu": ([1, 10], [1, 4]),
    "bare-dropout": ([1, 10], [1, 4]),
    "frozen-child": ([4, 10], [4, 4]),
    "scripted-child": ([1, 10], [1, 2]),
}

# key: (number of parameters by hand, modules in the order of `named_modules`)
PARTS = {
    "simple": (10 * 2 + 2, ("", "linear")),
    "example": (5 * 3 + 3, ("", "linear")),
    "dropout": (5 * 3 + 3, ("", "linear", "dropout")),
    "linear-regression": (10 + 1, ("", "linear")),
    "feedforward": (20 * 50 + 50 + 50 * 10 + 10, ("", "fc1", "relu", "fc2")),
    "cnn": (
        (3 * 9 * 16 + 16) + (16 * 9 * 32 + 32) + (1568 * 120 + 120) + (120 * 10 + 10),
        ("", "conv1", "conv2", "pool", "fc1", "fc2"),
    ),
    "batchnorm": ((3 * 9 * 8 + 8) + 2 * 8 + (8 * 2 + 2), ("", "conv", "bn", "fc")),
    "scripted-child": (10 * 2 + 2, ("", "linear")),  # without its ReLU: torch takes no hook on a scripted module
    "recurrent": (4 * 16 * (8 + 16 + 2) + 4 * 16 * (16 + 16 + 2) + (16 * 4 + 4), ("", "lstm", "fc")),
}


def test_the_documents_keys_are_in_their_order_and_before_the_questions():
    document = [
        "function",
        "simple",
        "example",
        "dropout",
        "not-a-model",
        "linear-regression",
        "feedforward",
        "cnn",
        "resnet18",
        "checkpoint",
        "batchnorm",
        "recurrent",
        "transformer",
    ]
    assert [key for key in ENTRIES if key in document] == document
    questions = [each.document == "question" for each in ENTRIES.values()]
    assert questions == sorted(questions)
    assert all(ENTRIES[key].key == key for key in ENTRIES)


@pytest.mark.parametrize("key", ENTRIES)
def test_what_an_entry_says_of_itself_is_so(key):
    """Every entry, new ones too: its title, its kind, and the bounds of its settings."""
    found, made = entry(key), build(key)
    name = made.__name__ if inspect.isfunction(made) else type(made).__name__
    assert found.title in (name, found.make.__name__)
    kind = "module" if isinstance(made, nn.Module) else "function" if inspect.isfunction(made) else "object"
    assert found.kind == kind
    assert found.teaches.endswith(".")
    assert found.shown_code
    assert all(each is None or each.has(each.default) for each in (found.batch, found.size, found.p))
    assert isinstance(example_inputs(key), tuple)
    if found.batch is not None:
        least = int(found.batch.low)
        assert {each.shape[0] for each in example_inputs(key, batch=least)} == {least}


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        ENTRIES["cnn"] = ENTRIES["simple"]


@pytest.mark.parametrize("key", ["vgg", "", None, 3, ["cnn"]])
def test_an_unknown_key_is_answered_with_the_known_ones(key):
    with pytest.raises(KeyError) as caught:
        entry(key)
    assert "cnn" in str(caught.value)
    assert "transformer" in str(caught.value)


@pytest.mark.parametrize("key", SHAPES)
@pytest.mark.parametrize("training", [True, False])
def test_shapes(key, training):
    (x,) = example_inputs(key)
    assert list(x.shape) == SHAPES[key][0]
    assert x.dtype == torch.float32
    assert list(build(key).train(training)(x).shape) == SHAPES[key][1]


@pytest.mark.parametrize("key", PARTS)
def test_parameters_and_modules(key):
    parameters, paths = PARTS[key]
    assert sum(p.numel() for p in build(key).parameters()) == parameters
    assert submodule_paths(key) == paths


def test_entries_that_are_no_modules():
    assert build("function")(*example_inputs("function")) == 10
    assert build("not-a-model").forward(*example_inputs("not-a-model")).tolist() == [6]
    with pytest.raises(TypeError, match="'NotAModel' object is not callable"):
        build("not-a-model")(*example_inputs("not-a-model"))
    saved = build("checkpoint")
    assert type(saved) is OrderedDict
    assert {name: list(t.shape) for name, t in saved.items()} == {"linear.weight": [2, 10], "linear.bias": [2]}
    with pytest.raises(TypeError, match=r"'collections\.OrderedDict' object is not callable"):
        saved(*example_inputs("checkpoint"))
    assert [list(x.shape) for x in example_inputs("checkpoint")] == [[1, 10]]
    build("simple").load_state_dict(saved, strict=True)
    for key in ("function", "not-a-model", "checkpoint"):
        assert submodule_paths(key) == ()
        assert (entry(key).batch, entry(key).size, entry(key).p) == (None, None, None)
        assert entry(key).kind != "module"


def test_cnn_calls_one_pool_module_twice():
    model, calls = build("cnn"), []
    model.pool.register_forward_hook(lambda module, args, output: calls.append(list(output.shape)))
    model(*example_inputs("cnn"))
    assert calls == [[1, 16, 14, 14], [1, 32, 7, 7]]


def test_cnn_at_32_pixels_raises_with_one_image():
    with pytest.raises(RuntimeError, match=r"shape '\[-1, 1568\]' is invalid for input of size 2048"):
        build("cnn")(*example_inputs("cnn", size=32))


def test_cnn_at_32_pixels_makes_64_predictions_of_49_images():
    (x,) = example_inputs("cnn", size=32, batch=49)
    assert list(x.shape) == [49, 3, 32, 32]
    assert list(build("cnn")(x).shape) == [64, 10]


def test_batchnorm_moves_its_statistics_under_no_grad_and_repeats_its_output():
    model, (x,) = build("batchnorm"), example_inputs("batchnorm")
    with torch.no_grad():
        first, before = model(x), model.bn.running_mean.clone()
        second = model(x)
    assert torch.equal(first, second)
    assert not torch.equal(before, model.bn.running_mean)


@pytest.mark.parametrize("key", ["dropout", "recurrent", "transformer", "digits-dropout"])
def test_dropout_entries_are_random_in_train_mode_only(key):
    model, (x,) = build(key), example_inputs(key, batch=8)
    torch.manual_seed(1)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))


@pytest.mark.parametrize("key", ["dropout", "recurrent", "transformer", "digits-dropout"])
def test_p_reaches_every_dropout_and_its_default_is_the_entrys(key):
    for p, wanted in ((None, entry(key).p.default), (0.25, 0.25)):
        found = [m.p for m in build(key, p=p).modules() if isinstance(m, nn.Dropout)]
        found += [m.dropout for m in build(key, p=p).modules() if isinstance(m, (nn.LSTM, nn.MultiheadAttention))]
        assert found
        assert set(found) == {wanted}


def test_only_the_dropout_entries_have_p():
    assert {key for key in ENTRIES if ENTRIES[key].p} == {"dropout", "recurrent", "transformer", "digits-dropout"}


@pytest.mark.parametrize("key", [key for key in ENTRIES if ENTRIES[key].batch])
def test_bounds_hold_the_default_and_a_batch_of_three(key):
    for allowed in (entry(key).batch, entry(key).size, entry(key).p):
        assert allowed is None or allowed.low <= allowed.default <= allowed.high
    (x,) = example_inputs(key, batch=3)
    output = build(key).eval()(x)
    rows = output.values() if isinstance(output, dict) else output if isinstance(output, tuple) else [output]
    assert {each.shape[0] for each in rows} == {3}


@pytest.mark.parametrize(("key", "size"), [("resnet18", 32), ("resnet18", 45), ("recurrent", 1), ("transformer", 64)])
def test_sizes_within_the_bounds_run(key, size):
    (x,) = example_inputs(key, size=size)
    assert size in x.shape
    build(key).eval()(x)


class Kept(TorchDispatchMode):
    """Keeps all that an autograd graph could keep, which is every output, and counts its bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.storages: dict[int, tuple[int, torch.Tensor]] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        output = func(*args, **(kwargs or {}))
        for item in output if isinstance(output, (tuple, list)) else [output]:
            if isinstance(item, torch.Tensor):
                storage = item.untyped_storage()
                self.storages[storage._cdata] = (storage.nbytes(), item)
        return output


@pytest.mark.parametrize("key", [key for key in ENTRIES if ENTRIES[key].size])
def test_the_largest_run_within_the_bounds_keeps_less_than_100_megabytes(key):
    batch, size = int(entry(key).batch.high), int(entry(key).size.high)
    size = 56 if key == "cnn" else size  # the largest that passes `view` with 64 images
    model, x = build(key), example_inputs(key, batch=batch, size=size)
    with Kept() as kept:
        model(*x)
    assert sum(size for size, _ in kept.storages.values()) < 100 * 2**20


def test_resnet18_has_the_published_names_and_shapes():
    published = {
        name: tuple(shape) for name, shape in json.loads((DATA / "resnet18_state_dict.json").read_text()).items()
    }
    assert len(published) == 122
    model = build("resnet18")
    assert {name: tuple(t.shape) for name, t in model.state_dict().items()} == published
    assert sum(p.numel() for p in model.parameters()) == 11_689_512
    loaded = model.load_state_dict({name: torch.ones(shape) for name, shape in published.items()}, strict=True)
    assert str(loaded) == "<All keys matched successfully>"


def test_resnet18_is_built_as_published():
    model = build("resnet18")
    assert all(m.inplace for m in model.modules() if isinstance(m, nn.ReLU))
    strides = [model.get_submodule(f"layer{i}.0.conv1").stride[0] for i in (1, 2, 3, 4)]
    assert strides == [1, 2, 2, 2]
    assert [hasattr(model.get_submodule(f"layer{i}.0").downsample, "forward") for i in (1, 2, 3, 4)] == (
        [False, True, True, True]
    )
    # Without the last batch norm of a block, what is left is the shortcut alone: the residual is really added.
    block, x = model.layer1[0].eval(), torch.randn(1, 64, 8, 8)
    nn.init.zeros_(block.bn2.weight)
    assert torch.equal(block(x), x.relu())


@pytest.mark.parametrize("key", ONE_TENSOR)
def test_save_load_round_trip(key, tmp_path):
    model, other = build(key, seed=1), build(key, seed=2)
    torch.save(model.state_dict(), tmp_path / "model.pt")
    other.load_state_dict(torch.load(tmp_path / "model.pt", weights_only=True), strict=True)
    x, outputs = example_inputs(key), []
    for loaded in (model, other):
        torch.manual_seed(0)
        outputs.append(loaded.eval()(*x))
    assert torch.equal(*outputs)


@pytest.mark.parametrize("key", ENTRIES)
def test_the_source_shown_is_python_and_defines_what_was_built(key):
    source = shown_code(key)
    defined = [node.name for node in ast.parse(source).body]
    assert defined == [part.__name__ for part in entry(key).shown_code]
    made = build(key)
    name = made.__name__ if inspect.isfunction(made) else type(made).__name__
    if key != "checkpoint":
        assert name == entry(key).title
        assert name in defined or all(inspect.isfunction(part) for part in entry(key).shown_code)


@pytest.mark.parametrize("key", [key for key in ENTRIES if ENTRIES[key].kind == "module"])
def test_each_line_of_forward_carries_a_shape(key):
    for part in entry(key).shown_code:
        methods = [part.forward] if inspect.isclass(part) and "forward" in vars(part) else []
        body = [line for method in methods for line in inspect.getsource(method).splitlines()]
        assert all("#" in line for line in body if "self." in line and not line.strip().startswith("if "))


@pytest.mark.parametrize("key", ENTRIES)
def test_what_it_teaches_is_one_short_sentence(key):
    assert entry(key).teaches.endswith(".")
    assert len(entry(key).teaches) <= 90


# What a choice in the sidebar may change must not make the sentence beside it false.


def test_the_flattening_of_the_cnn_takes_other_images_too():
    model = build("cnn")
    assert {model(*example_inputs("cnn", size=size)).shape[0] for size in (28, 29, 30, 31)} == {1}
    assert f"{model.fc1.in_features:,} numbers an image" in entry("cnn").teaches
    assert "28" not in entry("cnn").teaches


def test_dropout_drops_the_same_units_twice_now_and_then():
    model, inputs = build("dropout"), example_inputs("dropout")
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        dropped = [tuple((model(*inputs)[0] == 0).tolist()) for _ in range(1000)]
    again = sum(one == other for one, other in pairwise(dropped))
    assert 60 < again < 190  # one in eight
    assert "other units" not in entry("dropout").teaches
    assert "with probability p" in entry("dropout").teaches


def test_an_encoder_layer_with_a_hook_inside_is_not_fused():
    fused = {}
    for at in ("", "encoder.layers.0.linear1"):
        model = build("transformer").eval()
        model.get_submodule(at).register_forward_hook(lambda *_: None)
        with torch.no_grad(), torch.profiler.profile() as profile:
            model(*example_inputs("transformer"))
        fused[at] = sum(event.name == "aten::_transformer_encoder_layer_fwd" for event in profile.events())
    assert list(fused.values()) == [2, 1]
    assert "an encoder layer without hooks is one fused operation" in entry("transformer").teaches


def test_an_inplace_relu_follows_a_hooked_layer_where_nothing_is_recorded():
    model = build("inplace-relu")
    model.linear.register_full_backward_hook(lambda *_: None)
    with torch.no_grad():
        model(*example_inputs("inplace-relu"))
    with pytest.raises(RuntimeError, match="modified inplace"):
        model(*example_inputs("inplace-relu"))
    assert entry("inplace-relu").teaches.startswith("Where autograd records, ")


def test_a_hook_need_not_change_an_output():
    model, inputs = build("example"), example_inputs("example")
    model.register_forward_hook(lambda *_: None)
    assert torch.equal(model(*inputs), model.forward(*inputs))
    model.register_forward_hook(lambda module, args, output: output + 1)
    assert not torch.equal(model(*inputs), model.forward(*inputs))
    assert "unless a hook changes one" in entry("example").teaches


def test_a_hook_may_return_what_forward_did_not():
    model, inputs = build("dict-output"), example_inputs("dict-output")
    assert model(*inputs).keys() == model.forward(*inputs).keys()
    model.register_forward_hook(lambda *_: 0)
    assert model(*inputs) == 0
    assert entry("dict-output").teaches.startswith("Without hooks, ")


def test_a_backward_hook_that_returns_0_has_torch_raise():
    """As the comment beside it says, whatever the kind."""
    for kind in ("full_backward", "full_backward_pre", "backward"):
        model = build("feedforward")
        register(model, [Hook("fc2", "zero", kind)])
        with pytest.raises(TypeError):
            model(*example_inputs("feedforward")).sum().backward()
        assert "torch raises" in inspect.getsource(function_of(Hook("fc2", "zero", kind)))
