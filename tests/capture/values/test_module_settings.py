"""Settings that are spelled later, against what torch's own module says of itself."""

import pytest
import torch
from torch import nn

from explorer import observe_call
from explorer.capture.values.module_settings import TEXT, ModuleSettings, settings_of, state_of, summary_of_module
from explorer.wording import shortened


def every_layer() -> dict[str, nn.Module]:
    """An object of each class of `torch.nn` that is made by one of these."""
    made: dict[str, nn.Module] = {}
    for name, kind in vars(nn).items():
        if not isinstance(kind, type) or not issubclass(kind, nn.Module):
            continue
        for arguments in ((), (2,), (2, 3), (4, 2), (2, 3, 4), (4, 2, 1, 1), (4, [10], 2), (10, 3, [4])):
            try:
                made[name] = kind(*arguments)
            except (TypeError, ValueError, AssertionError, RuntimeError, NotImplementedError, IndexError):
                continue
            break
    return made


MODULES = [
    nn.Linear(2, 3),
    nn.Linear(2, 3, bias=False),
    nn.Bilinear(2, 3, 4),
    nn.Identity(),
    nn.Conv1d(2, 4, 3, groups=2),
    nn.Conv2d(3, 8, (3, 1), stride=2, padding="valid", bias=False),
    nn.ConvTranspose2d(3, 8, 3, output_padding=1, stride=2),
    nn.BatchNorm2d(4, eps=1e-3, momentum=None, affine=False, track_running_stats=False),
    nn.LayerNorm([3, 4]),
    nn.GroupNorm(2, 4),
    nn.InstanceNorm1d(4),
    nn.Dropout(1),
    nn.Dropout(1.0),
    nn.ReLU(inplace=True),
    nn.LeakyReLU(-0.0),
    nn.PReLU(),
    nn.Softmax(dim=1),
    nn.MaxPool2d(2),
    nn.MaxPool2d([2, 3]),
    nn.AdaptiveAvgPool2d((1, None)),
    nn.Flatten(),
    nn.Unflatten(1, (2, 3)),
    nn.Upsample(scale_factor=2.0),
    nn.Embedding(5, 3, padding_idx=0),
    nn.EmbeddingBag(5, 3),
    nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True),
    nn.GRUCell(3, 4, bias=False),
    nn.LazyLinear(3),
    nn.MultiheadAttention(4, 2),
    nn.TransformerEncoderLayer(4, 2),
    nn.CrossEntropyLoss(),
    nn.Sequential(nn.ReLU()),
    nn.ParameterList([torch.ones(2), torch.ones(3)]),
    nn.ParameterDict({"a": torch.ones(2)}),
]


def test_settings_read_later_are_those_that_any_layer_of_torch_says() -> None:
    made = every_layer()
    assert len(made) > 120
    wanted = {name: shortened(f"{type(module).__name__}({module.extra_repr()})", TEXT) for name, module in made.items()}
    found = {name: settings_of(state_of(module)) for name, module in made.items()}
    assert sum(isinstance(each, ModuleSettings) for each in found.values()) > 100
    texts = {name: (each.summary() if isinstance(each, ModuleSettings) else each).text for name, each in found.items()}
    assert texts == wanted


@pytest.mark.parametrize("module", MODULES, ids=[type(module).__name__ for module in MODULES])
def test_settings_do_not_follow_what_becomes_of_the_module(module: nn.Module) -> None:
    wanted = shortened(f"{type(module).__name__}({module.extra_repr()})", TEXT)
    found = settings_of(state_of(module))
    for name in found.settings if isinstance(found, ModuleSettings) else ():
        vars(module)[name] = 77
    text = found.summary().text if isinstance(found, ModuleSettings) else found.text
    assert text == wanted


def test_what_is_changed_meanwhile_in_place_is_not_followed() -> None:
    size = [2, 3]
    found = settings_of(state_of(nn.MaxPool2d(size)))
    size[0] = 9
    assert isinstance(found, ModuleSettings)
    assert "kernel_size=[2, 3]" in found.summary().text


def test_a_class_of_the_readers_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(self: nn.Module) -> str:
        raise AssertionError

    class UserModel(nn.Linear):
        pass

    monkeypatch.setattr(UserModel, "extra_repr", asked)
    assert summary_of_module(UserModel(1, 1)).text == "UserModel()"
    monkeypatch.setattr(nn.Linear, "extra_repr", asked)
    assert summary_of_module(nn.Linear(1, 1)).text == "Linear()"
    assert settings_of(state_of(nn.Linear(1, 1))) == summary_of_module(nn.Linear(1, 1))


def test_a_module_in_itself_and_one_that_is_reached_by_a_million_ways():
    inside_itself = nn.ReLU()
    inside_itself.me = inside_itself
    assert observe_call(inside_itself, torch.ones(2), reraise=True).output is not None
    top = nn.ReLU()
    for _ in range(20):
        above = nn.ReLU()
        above.one, above.two = top, top
        top = above
    assert summary_of_module(top).text == "ReLU()"
