"""Each note stands exactly where its condition was measured: a table by hand."""

import pytest
import torch
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.catalog import ENTRIES, build, example_inputs
from explorer.experiment import Hook
from explorer.wording import times
from tests.helpers.kinds import RUNNING

WORDS = {
    "rows": " went in and ",
    "hook": "hook",
    "fused": "took its fast path",
    "silent": " ran no operation",
    "flag": " `training` flag decides that",
    "bare": "`F.dropout` drew at random",
    "statistics": "changed the running statistics",
    "no autograd": "autograd recorded nothing",
    "eval with grad": "did not turn gradients off",
}
GRADS = ("enabled", "no_grad", "inference_mode")


def kinds(observation):
    found = [[kind for kind, words in WORDS.items() if words in note] for note in observation.notes]
    assert all(len(each) == 1 for each in found), observation.notes
    return sorted(kind for each in found for kind in each)


def expected(key, training, grad):
    if key not in RUNNING:
        return []
    recorded = grad == "enabled"
    return sorted(
        name
        for name, holds in {
            "statistics": training and key in ("batchnorm", "resnet18", "frozen-child"),
            "flag": training and key in ("dropout", "digits-dropout", "transformer", "recurrent"),
            # The encoder layer's fused path calls no dropout module.
            "silent": not training and (key in ("dropout", "digits-dropout") or (key == "transformer" and recorded)),
            "fused": not training and not recorded and key == "transformer",
            "bare": key == "bare-dropout",
            "no autograd": not recorded,
            "eval with grad": not training and recorded,
        }.items()
        if holds
    )


@pytest.mark.slow
@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("key", list(ENTRIES))
def test_notes_of_every_entry(key, training, grad):
    assert kinds(observe(Experiment(model=key, training=training, grad=grad))) == expected(key, training, grad)


def straddling(images, elements, rows):
    """The rows that hold elements of more than one image, each element marked with its image and cut by torch."""
    marked = torch.arange(images).repeat_interleave(elements).view(rows, -1)
    return sum(len(row.unique()) > 1 for row in marked)


@pytest.mark.parametrize("entry_mode", ["eager", "compile", "jit.trace"])
@pytest.mark.parametrize(
    ("size", "batch", "said"),
    [
        (32, 49, "49 rows went in and 64 came out: `view` made [64, 1568] of [49, 32, 8, 8], and nothing raised."),
        (56, 1, "1 row went in and 4 came out: `view` made [4, 1568] of [1, 32, 14, 14], and nothing raised."),
        (14, 49, "49 rows went in and 9 came out: `view` made [9, 1568] of [49, 32, 3, 3], and nothing raised."),
        (56, 3, "3 rows went in and 12 came out: `view` made [12, 1568] of [3, 32, 14, 14], and nothing raised."),
    ],
)
def test_the_batch_that_changes(size, batch, said, entry_mode):
    seen = observe(Experiment(model="cnn", size=size, batch=batch, entry_mode=entry_mode))
    note = seen.notes[0]
    assert note.startswith(said)
    mixed = straddling(batch, 32 * (size // 4) ** 2, seen.output.tensor.shape[0])
    if mixed:
        assert note.endswith(f" {mixed} of the new rows hold parts of more than one old row.")
    else:
        assert note.endswith(" Each of the new rows is a piece of one old row.")


def test_one_row_that_straddles():
    class Halves(nn.Module):
        def forward(self, x):
            return x.reshape(3, 2)

    assert observe_call(Halves(), torch.ones(2, 3)).notes[0] == (
        "2 rows went in and 3 came out: `reshape` made [3, 2] of [2, 3], and nothing raised. "
        "1 of the new rows holds parts of more than one old row."
    )
    assert straddling(2, 3, 3) == 1


@pytest.mark.parametrize(
    ("model", "given"),
    [(nn.Linear(4, 3), torch.ones(4)), (nn.Conv2d(3, 8, 3), torch.ones(3, 9, 9)), (nn.Flatten(), torch.ones(2, 3))],
)
def test_without_a_view_of_the_batch_nothing_is_said_of_rows(model, given):
    assert "rows" not in " ".join(observe_call(model, given).notes)
    assert kinds(observe(Experiment(model="cnn", batch=49))) == []


@pytest.mark.parametrize("action", ["raise", "zero"])
def test_dropout_that_did_not_come_back_returned_nothing(action):
    """A pre-hook raises before `forward`, or gives it a 0, at which `forward` raises."""
    seen = observe(Experiment(model="dropout", training=False, hooks=(Hook("dropout", action, "forward_pre"),)))
    assert seen.error is not None
    assert "silent" not in kinds(seen)


def test_dropout_that_returns_another_tensor_is_not_said_to_return_the_same():
    class Dropout(nn.Dropout):
        def forward(self, x):
            return x * 2 if self.training else self.other

    model = nn.Sequential(Dropout()).eval()
    for same in (True, False):
        given = torch.ones(2)
        model[0].other = given if same else torch.ones(2)
        found = observe_call(model, given)
        assert (found.value is given) == same
        assert ("silent" in kinds(found)) == same


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("grad", ["no_grad", "inference_mode"])
def test_dropout_draws_where_the_generator_moved(p, grad):
    model = nn.Sequential(nn.Dropout(p))
    with getattr(torch, grad)(), torch.random.fork_rng():
        before = torch.get_rng_state()
        seen = observe_call(model, torch.ones(4))
        drew = not torch.equal(torch.get_rng_state(), before)
    assert drew == (p == 0.5)
    assert ("flag" in kinds(seen)) == drew


@pytest.mark.slow
@pytest.mark.parametrize("entry_mode", ["eager", "compile"])
@pytest.mark.parametrize("at", ["", "encoder.layers.0.linear1"])
def test_the_fast_path_names_what_it_did_the_work_of(at, entry_mode):
    """A hook on a layer inside has that encoder layer go the slow way, but for its attention."""
    from torch.utils._python_dispatch import TorchDispatchMode

    ran = []

    class Log(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            ran.append(function.__name__.partition(".")[0])
            return function(*args, **(kwargs or {}))

    model = build("transformer").eval()
    model.get_submodule(at).register_forward_hook(lambda *_: None)
    with torch.no_grad(), Log():
        model(*example_inputs("transformer"))
    layers, alone = ran.count("_transformer_encoder_layer_fwd"), ran.count("_native_multi_head_attention")
    assert (layers, alone) == ((1, 1) if at else (2, 0))
    seen = observe(
        Experiment(model="transformer", training=False, grad="no_grad", hooks=(Hook(at),), entry_mode=entry_mode)
    )
    (note,) = [note for note in seen.notes if "took its fast path" in note]
    assert ("the work of a whole TransformerEncoderLayer, " + times(layers)) in note
    if entry_mode == "eager":  # compiled, the attention of that layer runs as its parts
        assert ("the work of a whole MultiheadAttention" in note) is bool(alone)
    assert "TransformerClassifier" not in note


def test_a_call_that_raises_has_no_note_on_its_output():
    seen = observe(Experiment(model="cnn", size=32, training=False, grad="no_grad"))
    assert seen.error is not None
    assert kinds(seen) == []


def test_a_submodule_that_is_never_called():
    """Attention reads the weights of its `out_proj` and never calls it."""
    path = "encoder.layers.1.self_attn.out_proj"
    seen = observe(Experiment(model="transformer", hooks=(Hook(path, "observe"),)))
    (note,) = [note for note in seen.notes if f"`{path}`" in note]
    assert "did not run: its module was not called, and only `__call__` looks for hooks" in note
