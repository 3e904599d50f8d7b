"""Each note stands exactly where its condition was measured: a table by hand."""

import pytest

from explorer import Experiment, observe
from explorer.catalog import ENTRIES
from explorer.experiment import Hook
from tests.kinds import ONE_TENSOR

WORDS = {
    "rows": "rows went in and",
    "hook": "hook",
    "fused": "fast path",
    "silent": "dropout ran no operation",
    "random": "Dropout drew at random",
    "bare": "`F.dropout` drew at random in eval mode",
    "statistics": "moved the running statistics",
    "no autograd": "autograd recorded nothing",
    "eval with grad": "did not turn gradients off",
}
GRADS = ("enabled", "no_grad", "inference_mode")


def kinds(observation):
    found = [[kind for kind, words in WORDS.items() if words in note] for note in observation.notes]
    assert all(len(each) == 1 for each in found), observation.notes
    return sorted(kind for each in found for kind in each)


def expected(key, training, grad):
    if key not in ONE_TENSOR:
        return []
    recorded = grad == "enabled"
    return sorted(
        name
        for name, holds in {
            "statistics": training and key in ("batchnorm", "resnet18", "frozen-child"),
            # The LSTM's dropout is part of one native operation, so no module of it is called.
            "random": training and not recorded and key in ("dropout", "transformer"),
            # The encoder layer's fused path calls no dropout module.
            "silent": not training and (key == "dropout" or (key == "transformer" and recorded)),
            "fused": not training and not recorded and key == "transformer",
            "bare": not training and key == "bare-dropout",
            "no autograd": not recorded,
            "eval with grad": not training and recorded,
        }.items()
        if holds
    )


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("key", list(ENTRIES))
def test_notes_of_every_entry(key, training, grad):
    assert kinds(observe(Experiment(model=key, training=training, grad=grad))) == expected(key, training, grad)


def test_the_batch_that_changes():
    seen = observe(Experiment(model="cnn", size=32, batch=49))
    assert kinds(seen) == ["rows"]
    assert "49 rows went in and 64 predictions came out" in seen.notes[0]
    assert "[49, 32, 8, 8] became [64, 1568]" in seen.notes[0]
    assert kinds(observe(Experiment(model="cnn", batch=49))) == []


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
