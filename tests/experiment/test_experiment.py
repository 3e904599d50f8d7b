"""Experiment: what it accepts, what it says to the rest, and the way to a link and back."""

import pickle
from dataclasses import FrozenInstanceError, fields
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explorer.catalog import ENTRIES, build
from explorer.catalog.hooks.hook import HookAction, HookKind
from explorer.experiment import Experiment, ExperimentError, Hook
from explorer.experiment.settings import SETTINGS
from explorer.runtime.call_modes import EntryMode
from tests.helpers.experiments import agree

NAMES = tuple(parameter for setting in SETTINGS for parameter in setting.parameters)


@st.composite
def hooks_on(draw, paths) -> Hook:
    """Any valid one; the options are those that torch's documentation gives for its kind."""
    kind, is_global = draw(st.sampled_from(get_args(HookKind))), draw(st.booleans())
    allowed = {
        ("forward", False): ["with_kwargs", "prepend", "always_call"],
        ("forward", True): ["with_kwargs", "always_call"],
        ("forward_pre", False): ["with_kwargs", "prepend"],
        ("full_backward", False): ["prepend"],
        ("full_backward_pre", False): ["prepend"],
    }.get((kind, is_global), [])
    return Hook(
        at="" if is_global else draw(st.sampled_from(paths)),
        action=draw(st.sampled_from(get_args(HookAction))),
        kind=kind,
        is_global=is_global,
        **{name: draw(st.booleans()) for name in allowed},
    )


@st.composite
def experiments(draw) -> Experiment:
    """Any valid one; the paths come from torch itself."""
    found = ENTRIES[draw(st.sampled_from(list(ENTRIES)))]
    hooks = ()
    if found.kind == "module":
        scripted = torch.jit.ScriptModule  # torch takes no hooks on one
        paths = [path for path, module in build(found.key).named_modules() if not isinstance(module, scripted)]
        hooks = tuple(draw(st.lists(hooks_on(paths), max_size=4).filter(agree)))
    whole = {
        name: draw(st.none() | st.integers(int(allowed.low), int(allowed.high))) if allowed else None
        for name, allowed in (("batch", found.batch), ("size", found.size))
    }
    return Experiment(
        model=found.key,
        call=draw(st.sampled_from(["call", "forward"])),
        training=draw(st.none() | st.booleans()),
        grad=draw(st.sampled_from(["enabled", "no_grad", "inference_mode"])),
        hooks=hooks,
        seed=draw(st.integers(0, 2**31 - 1)),
        digit=draw(st.none() | st.sampled_from(found.digits) | st.integers(0, 9)) if found.digits else None,
        p=draw(st.none() | st.floats(found.p.low, found.p.high)) if found.p else None,
        keyword=draw(st.booleans()),
        entry_mode=draw(st.sampled_from(get_args(EntryMode))) if found.kind == "module" else "eager",
        backward=draw(st.booleans()),
        **whole,
    )


# ---- construction


def test_the_default_experiment():
    found = Experiment()
    assert [(field.name, getattr(found, field.name)) for field in fields(found)] == [
        ("model", "cnn"),
        ("call", "call"),
        ("training", True),
        ("grad", "enabled"),
        ("hooks", ()),
        ("seed", 0),
        ("batch", 1),
        ("size", 28),
        ("digit", None),
        ("p", None),
        ("keyword", False),
        ("entry_mode", "eager"),
        ("backward", False),
    ]


@pytest.mark.parametrize("key", ENTRIES)
def test_none_becomes_the_entrys_number(key):
    found, known = Experiment(model=key), ENTRIES[key]
    for name in ("batch", "size", "p"):
        allowed = getattr(known, name)
        assert getattr(found, name) == (allowed.default if allowed else None)
        if allowed:
            assert type(getattr(found, name)) is (float if name == "p" else int)
            assert Experiment(model=key, **{name: allowed.default}) == found
            for bound in (allowed.low, allowed.high):
                assert getattr(Experiment(model=key, **{name: bound}), name) == bound


@pytest.mark.parametrize("key", ENTRIES)
def test_the_mode_where_none_is_said_is_the_entrys(key):
    assert Experiment(model=key).training is (key != "digits")
    assert Experiment(model=key, training=None) == Experiment(model=key)
    assert Experiment(model=key, training=not Experiment(model=key).training) != Experiment(model=key)


def test_a_digit_is_a_name_or_the_number_of_its_class():
    assert Experiment(model="digits").digit == "7"
    assert Experiment(model="cnn").digit is None
    for number in (3, np.int64(3), "3"):
        assert Experiment(model="digits", digit=number) == Experiment(model="digits", digit="3")


def test_it_is_frozen_and_equal_ones_are_one_cache_key():
    one, two = Experiment(model="dropout", p=0.3), Experiment("dropout", p=0.30000001, batch=1)
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(FrozenInstanceError):
        one.p = 0.4


def test_other_spellings_of_a_number_become_plain_ones():
    found = Experiment(seed=np.int64(3), batch=np.uint8(49), size=np.int32(32), hooks=[Hook("conv1")])
    assert (type(found.seed), type(found.batch), type(found.size)) == (int, int, int)
    assert found == Experiment(seed=3, batch=49, size=32, hooks=(Hook("conv1"),))
    for p in (np.float32(0.3), Fraction(3, 10), 0.3049):
        assert type(Experiment("dropout", p=p).p) is float
        assert Experiment("dropout", p=p).p == 0.3
    assert str(Experiment("dropout", p=-0.0).p) == "0.0"
    assert Experiment("dropout", p=0).p == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"model": "vgg"}, ["model", "'vgg'", *ENTRIES]),
        ({"model": None}, ["model", "None"]),
        ({"model": ["cnn"]}, ["model", "['cnn']"]),
        ({"call": "predict"}, ["call", "forward", "'predict'"]),
        ({"training": 1}, ["training", "True or False", "1"]),
        ({"training": "eval"}, ["training", "'eval'"]),
        ({"grad": "off"}, ["grad", "enabled", "no_grad", "inference_mode", "'off'"]),
        ({"hooks": (Hook("conv9"),)}, ["conv1, conv2, pool, fc1, fc2", "'conv9'"]),
        ({"hooks": (Hook(0),)}, ["conv1", "0"]),
        ({"hooks": (Hook("", "triple"),)}, ["observe, double", "'triple'"]),
        ({"hooks": Hook()}, ["tuple of Hook"]),
        ({"hooks": ("conv1",)}, ["tuple of Hook"]),
        ({"hooks": None}, ["tuple of Hook"]),
        ({"hooks": (Hook(),) * 9}, ["at most 8", "9"]),
        ({"model": "function", "hooks": (Hook(),)}, ["function", "not a module", "hooks"]),
        ({"model": "checkpoint", "hooks": (Hook(),)}, ["checkpoint", "not a module"]),
        ({"model": "not-a-model", "hooks": (Hook(),)}, ["not-a-model", "not a module"]),
        ({"hooks": (Hook(kind="post"),)}, ["hook kind", "full_backward_pre", "'post'"]),
        ({"hooks": (Hook(kind="forward_pre", always_call=True),)}, ["no always_call", "forward_pre"]),
        ({"hooks": (Hook(is_global=True, prepend=True),)}, ["no prepend", "global forward"]),
        ({"hooks": (Hook("conv1", is_global=True),)}, ["every module", "'conv1'"]),
        ({"hooks": (Hook(prepend=1),)}, ["prepend", "True or False", "1"]),
        ({"keyword": 1}, ["keyword", "True or False"]),
        ({"backward": "yes"}, ["backward", "'yes'"]),
        ({"entry_mode": "onnx"}, ["entry_mode", "compile", "'onnx'"]),
        ({"model": "function", "entry_mode": "compile"}, ["function", "not a module", "'compile'"]),
        ({"seed": -1}, ["seed", "from 0 to 2147483647", "-1"]),
        ({"seed": 2**31}, ["seed", "from 0 to 2147483647"]),
        ({"seed": 10**5000}, ["seed", "from 0 to 2147483647", "a int"]),
        ({"seed": True}, ["seed", "True"]),
        ({"seed": 1.0}, ["seed", "1.0"]),
        ({"batch": 0}, ["batch", "from 1 to 64", "0"]),
        ({"batch": 65}, ["batch", "from 1 to 64", "65"]),
        ({"batch": True}, ["batch", "True"]),
        ({"batch": "2"}, ["batch", "'2'"]),
        ({"batch": 2.0}, ["batch", "2.0"]),
        ({"size": 7}, ["size", "from 8 to 64", "7"]),
        ({"size": float("nan")}, ["size", "nan"]),
        ({"p": 0.5}, ["cnn has no p", "0.5"]),
        ({"model": "dropout", "p": float("nan")}, ["p", "from 0 to 0.95", "nan"]),
        ({"model": "dropout", "p": 1.0}, ["p", "from 0 to 0.95", "1.0"]),
        ({"model": "dropout", "p": -0.1}, ["p", "-0.1"]),
        ({"model": "dropout", "p": False}, ["p", "False"]),
        ({"model": "dropout", "p": "0.5"}, ["p", "'0.5'"]),
        ({"model": "dropout", "p": 10**5000}, ["p", "from 0 to 0.95"]),
        ({"model": "dropout", "p": 1j}, ["p", "1j"]),
        ({"model": "function", "batch": 2}, ["function has no batch", "2"]),
        ({"model": "simple", "size": 2}, ["simple has no size", "2"]),
        ({"model": "checkpoint", "batch": 1}, ["checkpoint has no batch"]),
        ({"digit": "7"}, ["cnn has no digit: leave digit out", "'7'"]),
        ({"model": "digits", "digit": "seven"}, ["digit must be one of 0, 1,", "9-hard", "'seven'"]),
        ({"model": "digits", "digit": 10}, ["digit must be one of", "'10'"]),
        ({"model": "digits", "digit": -1}, ["digit must be one of", "'-1'"]),
        ({"model": "digits", "digit": True}, ["digit must be one of", "True"]),
        ({"model": "digits", "digit": 10**5000}, ["digit must be one of", "a int"]),
        ({"model": "digits", "digit": 7.0}, ["digit must be one of", "7.0"]),
        ({"model": "digits", "size": 28}, ["digits has no size"]),
        ({"model": "digits", "batch": 21}, ["batch", "from 1 to 20"]),
    ],
)
def test_what_is_refused_and_what_is_said(wrong, says):
    with pytest.raises(ExperimentError) as caught:
        Experiment(**wrong)
    sentence = str(caught.value)
    for word in says:
        assert word in sentence
    assert sentence.endswith(".")
    assert len(sentence.replace(", ".join(ENTRIES), "")) < 400  # the names of all models are as long as they are


@given(experiments())
@settings(max_examples=100, deadline=None)
def test_every_valid_experiment_is_its_own_normal_form(found):
    assert Experiment(**{field.name: getattr(found, field.name) for field in fields(found)}) == found


# ---- links


@pytest.mark.parametrize(
    ("found", "link"),
    [
        (Experiment(), {}),
        (
            Experiment("cnn", "forward", False, "no_grad", (Hook("conv1", "double"),), seed=3, batch=49, size=32),
            {
                "call": "forward",
                "mode": "eval",
                "grad": "no_grad",
                "hook": "double",
                "at": "conv1",
                "seed": "3",
                "batch": "49",
                "size": "32",
            },
        ),
        (Experiment("dropout", p=0.3), {"model": "dropout", "p": "0.3"}),
        (Experiment("dropout", p=0), {"model": "dropout", "p": "0"}),
        (Experiment("dropout", p=0.5, batch=1), {"model": "dropout"}),
        (Experiment("resnet18", size=64), {"model": "resnet18"}),
        (Experiment(hooks=(Hook(),)), {"hook": "observe"}),
        (Experiment(hooks=(Hook("conv1"), Hook("", "double"))), {"hook": "observe,double", "at": "conv1,"}),
        (Experiment(hooks=(Hook(), Hook())), {"hook": "observe,observe"}),
        (
            Experiment(hooks=(Hook("fc1", "double", "forward_pre", with_kwargs=True), Hook(is_global=True))),
            {"hook": "forward_pre:with_kwargs:double,is_global:observe", "at": "fc1,"},
        ),
        (
            Experiment(keyword=True, entry_mode="jit.trace", backward=True),
            {"keyword": "true", "via": "jit.trace", "backward": "true"},
        ),
    ],
)
def test_links_by_hand(found, link):
    assert found.to_params() == link
    assert Experiment.from_params(link) == (found, ())


@given(experiments())
@settings(max_examples=300, deadline=None)
def test_a_link_is_a_run(found):
    link = found.to_params()
    assert Experiment.from_params(link) == (found, ())
    assert set(link) <= set(NAMES)
    assert all(isinstance(value, str) and value for value in link.values())


@given(experiments(), experiments())
@settings(max_examples=200, deadline=None)
def test_different_runs_have_different_links(one, two):
    assert (one == two) == (one.to_params() == two.to_params())


@pytest.mark.parametrize(
    ("link", "name", "value", "instead"),
    [
        ({"model": "vgg"}, "model", "'vgg'", "cnn"),
        ({"call": "CALL"}, "call", "'CALL'", "call"),
        ({"mode": "evaluate"}, "mode", "'evaluate'", "train"),
        ({"grad": ""}, "grad", "''", "enabled"),
        ({"hook": "triple"}, "hook", "'triple'", "none"),
        ({"hook": "none,none"}, "hook", "'none'", "none"),
        ({"hook": "post:observe"}, "hook", "'post'", "none"),
        ({"hook": "prepend:prepend:observe"}, "hook", "'prepend:prepend:observe'", "none"),
        ({"hook": "backward:prepend:observe"}, "hook", "prepend", "none"),
        ({"keyword": "yes"}, "keyword", "'yes'", "false"),
        ({"via": "onnx"}, "via", "'onnx'", "eager"),
        ({"model": "function", "via": "compile"}, "via", "'compile'", "eager"),
        ({"at": "conv9", "hook": "observe"}, "at", "'conv9'", "the outermost module"),
        ({"at": "conv1,conv2", "hook": "observe"}, "at", "'conv1,conv2'", "the outermost module"),
        ({"at": "conv1", "hook": "observe,double"}, "at", "'conv1'", "the outermost module"),
        ({"seed": "-1"}, "seed", "'-1'", "0"),
        ({"seed": "9" * 5000}, "seed", "'999", "0"),
        ({"seed": "٣"}, "seed", "'٣'", "0"),
        ({"batch": "65"}, "batch", "65", "1"),
        ({"batch": "1e1"}, "batch", "'1e1'", "1"),
        ({"batch": "1.0"}, "batch", "'1.0'", "1"),
        ({"size": " 32"}, "size", "' 32'", "28"),
        ({"size": "1_0"}, "size", "'1_0'", "28"),
        ({"p": "0.5"}, "p", "0.5", "none"),
        ({"model": "dropout", "p": "nan"}, "p", "'nan'", "0.5"),
        ({"model": "dropout", "p": "inf"}, "p", "'inf'", "0.5"),
        ({"model": "dropout", "p": "1"}, "p", "1", "0.5"),
        ({"model": "function", "batch": "2"}, "batch", "2", "none"),
        ({"model": "function", "hook": "observe"}, "hook", "'observe'", "none"),
        ({"model": "function", "at": "conv1"}, "at", "'conv1'", "none"),
        ({"digit": "7"}, "digit", "'7'", "none"),
        ({"model": "digits", "digit": "07"}, "digit", "'07'", "7"),
        ({"model": "digits", "digit": ""}, "digit", "''", "7"),
        ({"model": "digits", "mode": "test"}, "mode", "'test'", "eval"),
    ],
)
def test_nonsense_gives_the_default_and_one_sentence(link, name, value, instead):
    found, doubts = Experiment.from_params(link)
    without = {key: text for key, text in link.items() if key != name}
    assert found == Experiment.from_params(without)[0]
    (sentence,) = doubts
    assert name in sentence.split(".")[0]
    assert value in sentence
    assert sentence.endswith(f"Used instead: {instead}.")


@pytest.mark.parametrize(
    ("link", "kept", "said"),
    [
        (
            {"hook": "observe,triple,double", "at": "conv1,conv2,fc1"},
            (Hook("conv1"), Hook("fc1", "double")),
            ["hook must be one of observe, double, zero, rebind, raise; 'triple' is not one. Left out: hook 2."],
        ),
        (
            {"hook": "observe,double", "at": "conv9,fc1"},
            (Hook(), Hook("fc1", "double")),
            ["'conv9' does not. Used instead: the outermost module."],
        ),
        (
            {"hook": "triple,observe", "at": "conv9,conv1"},  # the bad place goes with the bad hook
            (Hook("conv1"),),
            ["'triple' is not one. Left out: hook 1."],
        ),
        ({"hook": "x,observe,y:observe"}, (Hook(),), ["'x' is not one. Left out: hook 1 and hook 3."]),
        (
            {"hook": ",".join(["observe"] * 9), "at": ",".join(["conv1"] * 9)},
            (Hook("conv1"),) * 8,
            ["hooks may be at most 8; more were given. Left out: all after hook 8."],
        ),
        (
            {"hook": "triple,observe", "at": "conv1,conv9"},
            (Hook(),),
            ["Left out: hook 1.", "'conv9' does not. Used instead: the outermost module."],
        ),
        (
            {"hook": "is_global:observe,double", "at": "conv1,fc1"},
            (Hook(is_global=True), Hook("fc1", "double")),
            ["Used instead: every module."],
        ),
    ],
)
def test_one_bad_hook_does_not_spoil_the_others(link, kept, said):
    found, doubts = Experiment.from_params(link)
    assert found.hooks == kept
    assert [sentence.endswith(end) for sentence, end in zip(doubts, said, strict=True)] == [True] * len(said)


def test_one_bad_parameter_does_not_spoil_the_others():
    found, doubts = Experiment.from_params({"seed": "x", "batch": "3", "grad": "?", "mode": "eval"})
    assert found == Experiment(training=False, batch=3)
    assert len(doubts) == 2


def test_parameters_of_other_names_are_left_alone():
    assert Experiment.from_params({"step": "14", "detail": "3", "": "x"}) == (Experiment(), ())


def test_an_idle_place_and_a_spelled_out_none_are_no_doubt():
    assert Experiment.from_params({"at": "conv1", "hook": "none"}) == (Experiment(), ())


NONSENSE = st.text(max_size=60) | st.sampled_from(
    ["observe", "double", "conv1", "conv1,", ",", "eval", "dropout", "resnet18", "function", "0.3", "49", "none", "nan"]
)


@given(st.dictionaries(st.sampled_from(NAMES), NONSENSE))
@example({"hook": "observe," * 5000, "at": "," * 9000})
@example({"model": "resnet18", "at": "layer1." * 9000, "p": "." * 9000})
@settings(max_examples=500, deadline=None)
def test_any_link_gives_an_experiment_and_at_most_one_bounded_sentence_a_parameter(link):
    found, doubts = Experiment.from_params(link)
    assert isinstance(found, Experiment)
    assert len(doubts) <= len(link)
    for sentence in doubts:
        assert len(sentence) < 480
        assert "\n" not in sentence
    # What was made of the link is itself a link that needs no excuse.
    assert Experiment.from_params(found.to_params()) == (found, ())


def test_a_long_value_is_shown_in_forty_characters():
    (sentence,) = Experiment.from_params({"grad": "x" * 10_000})[1]
    assert "'" + "x" * 38 + "…" in sentence
    assert "x" * 39 not in sentence


def test_looking_at_experiments_leaves_the_random_state_alone():
    before = torch.get_rng_state()
    Experiment.from_params({"model": "resnet18", "hook": "double", "at": "layer1.0"})
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("resnet", "'resnet' is not one; the nearest is resnet18. They are function, "),
        ("Batch-Norm", "'Batch-Norm' is not one; the nearest is batchnorm. They are function, "),
        ("zzz", "'zzz' is not one. They are function, "),
        ("", "'' is not one. They are function, "),
        (7, "7 is not one. They are function, "),
        ("cnn" * 10_000, "is not one. They are function, "),
    ],
)
def test_a_wrong_model_is_answered_with_the_nearest(wrong: object, said: str):
    with pytest.raises(ExperimentError) as refused:
        Experiment(model=wrong)  # type: ignore[arg-type]
    assert str(refused.value).startswith(f"model must be one of {len(ENTRIES)} names, and ")
    assert said in str(refused.value)
