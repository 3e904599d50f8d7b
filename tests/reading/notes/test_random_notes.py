"""What drew at random is what moved a bare run's generator, and the note names who decided that."""

import random
import re
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.catalog import build, example_inputs
from tests.helpers.bare import moved_generator
from tests.helpers.kinds import RUNNING

GIVEN = torch.linspace(-1, 1, 24).view(2, 3, 4)
DROPOUTS = {
    "dropout": nn.Dropout,
    "dropout1d": nn.Dropout1d,
    "dropout2d": nn.Dropout2d,
    "dropout3d": nn.Dropout3d,
    "alpha_dropout": nn.AlphaDropout,
    "feature_alpha_dropout": nn.FeatureAlphaDropout,
    "rrelu": nn.RReLU,
}
DEFAULT_IS_TRUE = ("dropout", "dropout1d", "dropout2d", "dropout3d")


def subclass(name):
    class Own(DROPOUTS[name]):
        def forward(self, x):
            return getattr(F, name)(x, training=self.training)

    return Own()


def early_exit(name):
    class EarlyExit(nn.Module):
        def forward(self, x):
            if not self.training:
                return x
            return getattr(F, name)(x, training=True)

    return EarlyExit()


def through_a_function(name):
    def drop(x, training=False):
        if not training:
            return x
        return x * torch.bernoulli(torch.full_like(x, 0.5))

    class Through(nn.Module):
        def forward(self, x):
            return drop(x, self.training)

    return Through()


def recurrent(kind):
    class Recurrent(getattr(nn, kind)):
        def forward(self, x):
            return super().forward(x)[0]

    return Recurrent(4, 4, 2, dropout=0.5, batch_first=True)


def attention(need_weights):
    class Attention(nn.MultiheadAttention):
        def forward(self, x):
            return super().forward(x, x, x, need_weights=need_weights)[0]

    return Attention(4, 2, dropout=0.5, batch_first=True)


class Attends(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.how, self.p = how, 0.5

    def forward(self, x):
        if self.how == "inline":
            return F.scaled_dot_product_attention(x, x, x, dropout_p=self.p if self.training else 0.0)
        p = self.p if self.training else 0.0
        return F.scaled_dot_product_attention(x, x, x, None, p)


class Conditional(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.how = how

    def forward(self, x):
        if self.how == "expression":
            return F.dropout(x) if self.training else x
        if self.how == "shared line":
            if self.training: x = F.dropout(x)  # fmt: skip  # noqa: E701
            return x
        switch = self.training and x.numel() > 0
        if switch:
            x = F.dropout(x)
        return x


BY_FLAG = {
    **{f"conditional, {how}": lambda how=how: Conditional(how) for how in ("expression", "shared line", "by a name")},
    **{f"{name}, module": kind for name, kind in DROPOUTS.items()},
    **{f"{name}, subclass": lambda name=name: subclass(name) for name in DROPOUTS},
    **{f"{name}, early exit": lambda name=name: early_exit(name) for name in DROPOUTS},
    "own function": lambda: through_a_function("dropout"),
    **{kind: lambda kind=kind: recurrent(kind) for kind in ("RNN", "LSTM", "GRU")},
    "attention with weights": lambda: attention(True),
    "attention without weights": lambda: attention(False),
    "attention, inline": lambda: Attends("inline"),
    "attention, by a name": lambda: Attends("by a name"),
    "encoder layer": lambda: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True),
    "script": lambda: torch.jit.script(nn.Dropout()),
}


def drew(seen):
    return [note for note in seen.notes if "drew at random" in note]


class Around(nn.Module):
    """A model with one module."""

    def __init__(self, part):
        super().__init__()
        self.part = part

    def forward(self, x):
        return self.part(x)


@pytest.mark.parametrize("grad", ["enable_grad", "no_grad", "inference_mode"])
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", BY_FLAG)
def test_a_flag_of_the_modules_own_decides(kind, training, own, grad):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Around(BY_FLAG[kind]()).train(training)
    for module in model.part.modules():
        module.training = own
    with getattr(torch, grad)():
        moved = moved_generator(model, GIVEN)
        seen = observe_call(model, GIVEN)
    notes = drew(seen)
    assert len(notes) == moved
    assert moved or not own or kind.startswith("rrelu")
    for note in notes:
        assert "`part" in note
        assert ("while the model is in eval mode: each module has a `training` flag of its own" in note) is not training
    assert ("torch" in seen.drawn_from) == moved


def model_of(function):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.always = True

        def forward(self, x):
            return function(self, x)

    return Net()


def plain(self, x):
    return F.dropout(x)


def passed_true(self, x):
    return F.dropout(x, training=True)


def passed_by_position(self, x):
    return F.dropout(x, 0.5, True)


def passed_attribute(self, x):
    return F.dropout(x, training=self.always)


def builtin(self, x):
    return torch.feature_dropout(x, 0.5, True)


def attends(self, x):
    return F.scaled_dot_product_attention(x, x, x, dropout_p=0.5)


def rrelu(self, x):
    return F.rrelu(x, training=True)


def noise(self, x):
    return x + torch.randn_like(x)


def mask(self, x):
    return x * torch.bernoulli(torch.full_like(x, 0.5))


def unrelated_condition(self, x):
    if self.training:
        x = x + 1
    return F.dropout(x)


DEFAULT = "its own argument `training` decides; it is not passed, and its default is True."
BY_ARGUMENT = [
    (plain, "F.dropout", DEFAULT),
    (unrelated_condition, "F.dropout", DEFAULT),
    (passed_true, "F.dropout", "its own argument `training` decides, for which `True` is passed."),
    (passed_by_position, "F.dropout", "its own argument `training` decides, for which `True` is passed."),
    (passed_attribute, "F.dropout", "its own argument `training` decides, for which `self.always` is passed."),
    (builtin, "torch.feature_dropout", "its own argument `train` decides, for which `True` is passed."),
    (attends, "F.scaled_dot_product_attention", "its own argument `dropout_p` decides, for which `0.5` is passed."),
    (rrelu, "F.rrelu", "its own argument `training` decides, for which `True` is passed."),
    (noise, "torch.randn_like", "no `training` flag decides that."),
    (mask, "torch.bernoulli", "no `training` flag decides that."),
]


@pytest.mark.parametrize("grad", ["enable_grad", "no_grad", "inference_mode"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("function", "who", "why"), BY_ARGUMENT)
def test_an_argument_decides_or_nothing_does(function, who, why, training, grad):
    model = model_of(function).train(training)
    with getattr(torch, grad)():
        assert moved_generator(model, GIVEN)
        (note,) = drew(observe_call(model, GIVEN))
    assert note.startswith(f"`{who}` drew at random")
    assert ("while the model is in eval mode" in note) is not training
    assert f" in `{function.__name__}`, line {function.__code__.co_firstlineno + 1}" in note or "`if" not in note
    assert note.endswith(why)


@pytest.mark.parametrize("name", DEFAULT_IS_TRUE)
def test_each_function_whose_default_is_true(name):
    def forward(self, x):
        return getattr(F, name)(x)

    (note,) = drew(observe_call(model_of(forward).eval(), GIVEN))
    assert note.startswith(f"`F.{name}` drew at random while the model is in eval mode")
    assert note.endswith(DEFAULT)


def test_an_argument_that_the_source_does_not_tell():
    """A call in a lambda is one, and one that spreads a dictionary."""

    def spread(self, x):
        options = {"training": True}
        return F.dropout(x, **options)

    for function in (lambda self, x: F.dropout(x), spread):
        (note,) = drew(observe_call(model_of(function).eval(), GIVEN))
        assert note.startswith("`F.dropout` drew at random while the model is in eval mode")
        assert note.endswith(": its own argument `training` decides, and it was True.")


@pytest.mark.parametrize("name", DROPOUTS)
@pytest.mark.parametrize("traced_in", [True, False])
def test_a_script_keeps_the_mode_that_it_was_traced_in(name, traced_in):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = torch.jit.trace(DROPOUTS[name]().train(traced_in), GIVEN, check_trace=False)
    assert observe_call(script.eval(), GIVEN).training is False
    model = Around(script).eval()
    notes = drew(observe_call(model, GIVEN))
    assert len(notes) == moved_generator(model, GIVEN) == traced_in
    for note in notes:
        assert note.startswith("`part` ")
        assert note.endswith(
            "it is a script, in which `training` is the constant True, and its own flag, False, has no say."
        )


def test_other_sources_of_random_numbers():
    seen = observe_call(lambda x: x * random.random() + np.random.rand(), torch.ones(2))
    (note,) = [note for note in seen.notes if "drew random numbers" in note]
    assert note == (
        "The call drew random numbers from Python's `random` and `numpy.random`, which `torch.manual_seed` does not "
        "seed."
    )


def test_a_seed_is_no_draw():
    (note,) = [note for note in observe_call(lambda: torch.manual_seed(7)).notes if "random" in note]
    assert note == (
        "The call left torch's random generator in another state, by none of the operations that were recorded."
    )


def only_in_eval_mode(self, x):
    if not self.training:
        x = F.dropout(x)
    return x


def left_in_train_mode(self, x):
    if self.training:
        return x
    return F.dropout(x)


@pytest.mark.parametrize("function", [only_in_eval_mode, left_in_train_mode])
def test_a_flag_that_is_false_decides(function):
    assert drew(observe_call(model_of(function), GIVEN)) == []
    (note,) = drew(observe_call(model_of(function).eval(), GIVEN))
    assert note.endswith(" while the model is in eval mode: its `training` flag decides that, which is False.")


def test_a_condition_on_the_way_that_has_no_say():
    """A model takes another way in train mode; in eval mode it runs the part all the same."""

    class Checkpoints(nn.Module):
        def __init__(self):
            super().__init__()
            self.part = model_of(plain)

        def forward(self, x):
            if self.training:
                y = x + 1
                x = self.part(y)
            else:
                x = self.part(x)
            return x

    (note,) = drew(observe_call(Checkpoints().eval(), GIVEN))
    assert note.endswith(DEFAULT)


def test_an_argument_that_is_passed_on_under_another_name():
    def attend(module, q, dropout=0.0):
        return F.scaled_dot_product_attention(q, q, q, dropout_p=dropout)

    class Attention(nn.Module):
        def forward(self, x):
            return attend(self, x, dropout=0.0 if not self.training else 0.5)

    class Outer(nn.Module):
        """Asks its own flag for something else, on the way."""

        def __init__(self):
            super().__init__()
            self.part, self.saves = Attention(), False

        def forward(self, x):
            if self.saves and not self.training:
                return x
            return self.part(x)

    model = Outer().eval()
    assert drew(observe_call(model, GIVEN)) == []
    model.part.train()
    (note,) = drew(observe_call(model, GIVEN))
    assert note.startswith("`part` drew at random while the model is in eval mode: each module has")


def test_many_draws_in_a_loop_are_one_note():
    class Loop(nn.Module):
        def forward(self, x):
            for _ in range(200):
                x = F.dropout(x, 0.1)
            return x

    (note,) = drew(observe_call(Loop().eval(), GIVEN))
    assert re.search(r"at `x = F.dropout\(x, 0.1\)` in `.*Loop.forward`, line \d+: its own argument", note)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("key", RUNNING)
def test_each_entry_has_the_note_where_its_bare_call_draws(key, training):
    model = build(key).train(training)
    moved = moved_generator(model, *example_inputs(key))
    seen = observe(Experiment(model=key, training=training))
    assert bool(drew(seen)) == moved == ("torch" in seen.drawn_from)
    assert not any("by none of the operations" in note for note in seen.notes)
