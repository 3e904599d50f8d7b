"""Which way a transformer layer went, by what torch dispatched in a bare call; and what decided."""

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from explorer import observe_call

X = torch.linspace(-1, 1, 24).view(2, 3, 4)
LEFT_ALIGNED = torch.tensor([[False, False, True], [False, False, False]])


class Log(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.ran = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.ran.append(function.__name__.partition(".")[0])
        return function(*args, **(kwargs or {}))


def encoder(heads=2, **options):
    layer = nn.TransformerEncoderLayer(4, heads, 8, batch_first=True, **options)
    return nn.TransformerEncoder(layer, 2).eval()


def hooked():
    model = encoder()
    model.layers[1].linear1.register_forward_hook(lambda *given: None)
    return model


def bare(model, **given):
    with torch.no_grad(), Log() as log:
        model(X, **given)
    return log.ran


def notes(model, **given):
    with torch.no_grad():
        return list(observe_call(model, X, reraise=True, **given).notes)


def test_a_hook_turns_the_fast_path_of_its_layer_off():
    assert bare(hooked()).count("_transformer_encoder_layer_fwd") == 1
    (note,) = [note for note in notes(hooked()) if "did not take" in note]
    assert note == (
        "`layers.1` did not take torch's fast path. torch's own reason: 'forward pre-/hooks are attached to the "
        "module'."
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("mask", "nested"), [(LEFT_ALIGNED, True), (LEFT_ALIGNED.flip(1), False), (None, False)])
def test_a_padding_mask_has_the_encoder_leave_positions_out(mask, nested):
    model = encoder()
    assert ("_nested_tensor_from_mask" in bare(model, src_key_padding_mask=mask)) == nested
    found = [note for note in notes(model, src_key_padding_mask=mask) if "mask" in note]
    assert len(found) == (mask is not None)
    if nested:
        with torch.no_grad():
            assert (model(X, src_key_padding_mask=mask)[mask] == 0).all()
        assert found[0].startswith("`TransformerEncoder` was given a padding mask in eval mode: it leaves the masked")
    elif found:
        assert "kept the masked positions in its layers" in found[0]
        assert "not left aligned" in found[0]


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda: encoder(heads=1), "'num_head is odd'"),
        (lambda: encoder(activation=torch.tanh), "'activation_relu_or_gelu was not True'"),
    ],
)
def test_torchs_own_reasons(model, reason):
    assert "_transformer_encoder_layer_fwd" not in bare(model())
    (note,) = [note for note in notes(model()) if "did not take" in note]
    assert note == f"`layers.0` and `layers.1` did not take torch's fast path. torch's own reason: {reason}."


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [encoder, hooked])
def test_where_the_mode_decides_nothing_is_said_of_another_way(make):
    """With gradients on, or in train mode, torch goes the slow way whatever else there is."""
    assert not any("did not take" in note for note in observe_call(make(), X).notes)
    with torch.no_grad():
        for given in (X, X[0]):
            seen = observe_call(make().train(), given)
            assert not any("did not take" in note or "mask" in note for note in seen.notes)
