"""The controls are the URL, and both are the experiment."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from streamlit.testing.v1 import AppTest
from torch.nn.modules import module as module_source

from explorer import Experiment, Hook
from explorer.catalog import ENTRIES
from explorer.catalog.digits import stored_digits
from explorer.catalog.hooks import KINDS, options
from explorer.catalog.hooks.hook import HookAction, HookKind
from explorer.experiment.hooks import MAX_HOOKS
from explorer.ui.shell import right_side
from explorer.ui.shell import url as url_module
from explorer.ui.shell.hook_list import FORM
from explorer.ui.shell.pages import PAGE_PARAMETERS, POSITIONS, PROJECT
from tests.helpers import patience
from tests.helpers.experiments import experiments


def script() -> None:
    import streamlit

    from explorer.ui.shell import notices
    from explorer.ui.shell.sidebar import experiment_from_sidebar

    streamlit.session_state["seen"] = experiment_from_sidebar()
    notices.show()


def opened(**params: str) -> AppTest:
    """The page as it opens at a URL with these parameters."""
    app = AppTest.from_function(script, default_timeout=patience.SECONDS)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


UI = Path(inspect.getfile(url_module)).parents[1]


def url(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def said(app: AppTest) -> str:
    """The notices as a reader sees them: what a URL says is escaped, so that Markdown shows it as it is."""
    return re.sub(r"\\([^\w\s])", r"\1", " ".join(warning.value for warning in app.warning))


def test_a_bare_url_is_the_default_experiment():
    app = opened()
    assert app.session_state["seen"] == Experiment()
    assert url(app) == {}
    assert not app.warning


@pytest.mark.parametrize(
    ("control", "value", "expected"),
    [
        ("model", "example", Experiment(model="example")),
        ("call", "forward", Experiment(call="forward")),
        ("mode", "eval", Experiment(training=False)),
        ("grad", "inference_mode", Experiment(grad="inference_mode")),
        ("via", "compile", Experiment(entry_mode="compile")),
        ("keyword", True, Experiment(keyword=True)),
        ("backward", True, Experiment(backward=True)),
        ("seed", 7, Experiment(seed=7)),
        ("batch", 49, Experiment(batch=49)),
        ("size", 32, Experiment(size=32)),
    ],
)
def test_each_control_changes_its_own_field(control: str, value: object, expected: Experiment):
    app = opened()
    kind = {
        "model": app.selectbox,
        "call": app.radio,
        "mode": app.segmented_control,
        "grad": app.segmented_control,
        "via": app.segmented_control,
        "keyword": app.checkbox,
        "backward": app.checkbox,
    }.get(control, app.number_input)
    kind(key=control).set_value(value).run()
    assert app.session_state["seen"] == expected


def add_hook(app: AppTest, **choices: object) -> AppTest:
    """Fill the form and register; the fields by the end of their keys."""
    for name, value in choices.items():
        field = app.checkbox if isinstance(value, bool) else app.selectbox
        field(key=f"{FORM}_{name}").set_value(value).run()
    return app.button(key=f"{FORM}_add").click().run()


def listed(app: AppTest) -> list[str]:
    """The registered hooks as a reader sees them."""
    return [element.value for element in app.sidebar.markdown if re.match(r"\*\*\d\*\* ", element.value)]


@pytest.mark.parametrize("is_global", [False, True])
@pytest.mark.parametrize("kind", get_args(HookKind))
def test_each_kind_of_hook_is_added_and_removed(kind: str, is_global: bool):
    app = opened()
    allowed = sorted(options(kind, is_global))
    add_hook(
        app, kind=kind, at="(every module)" if is_global else "conv2", action="double", **dict.fromkeys(allowed, True)
    )
    flags = dict.fromkeys(allowed, True)
    assert app.session_state["seen"].hooks == (Hook("" if is_global else "conv2", "double", kind, is_global, **flags),)
    assert url(app) == app.session_state["seen"].to_params()
    assert len(listed(app)) == 1
    assert all(name in listed(app)[0] for name in ("1", KINDS[kind].title, "return twice", *allowed))
    app.button(key="remove-hook-1").click().run()
    assert app.session_state["seen"] == Experiment()
    assert url(app) == {}
    assert listed(app) == []


@pytest.mark.parametrize("is_global", [False, True])
@pytest.mark.parametrize("kind", get_args(HookKind))
def test_the_form_offers_the_options_that_torch_takes_and_no_others(kind: str, is_global: bool):
    app = opened()
    app.selectbox(key=f"{FORM}_kind").set_value(kind).run()
    app.selectbox(key=f"{FORM}_at").set_value("(every module)" if is_global else "(outermost)").run()
    offered = {box.key.removeprefix(f"{FORM}_") for box in app.checkbox if box.key.startswith(FORM)}
    owner = module_source if is_global else torch.nn.Module
    name = f"register_module_{kind}_hook" if is_global else f"register_{kind}_hook"
    assert offered == set(inspect.signature(getattr(owner, name)).parameters) - {"self", "hook"}


@pytest.mark.parametrize("action", get_args(HookAction))
def test_each_action_can_be_chosen(action: str):
    assert add_hook(opened(), action=action).session_state["seen"].hooks == (Hook(action=action),)


def test_the_form_is_as_new_after_a_hook_was_added():
    app = add_hook(opened(), kind="forward_pre", at="fc1", action="raise", prepend=True)
    assert add_hook(app).session_state["seen"].hooks[1] == Hook()


def test_hooks_keep_the_order_in_which_they_were_added():
    app = opened()
    for at in ("conv1", "fc2", "conv1"):
        add_hook(app, at=at)
    assert [hook.at for hook in app.session_state["seen"].hooks] == ["conv1", "fc2", "conv1"]
    app.button(key="remove-hook-2").click().run()
    add_hook(app, at="(outermost)", action="raise")
    assert app.session_state["seen"].hooks == (Hook("conv1"), Hook("conv1"), Hook("", "raise"))
    assert [line[2] for line in listed(app)] == ["1", "2", "3"]
    assert url(app) == {"hook": "observe,observe,raise", "at": "conv1,conv1,"}


def test_eight_hooks_are_the_most():
    app = opened(hook=",".join(["observe"] * MAX_HOOKS))
    assert len(listed(app)) == MAX_HOOKS
    assert f"{FORM}_add" not in {button.key for button in app.button}
    app.button(key="remove-hook-8").click().run()
    assert len(listed(add_hook(app))) == MAX_HOOKS


def test_what_torch_refuses_cannot_be_added_and_the_form_says_why():
    app = opened(hook="full_backward:observe", at="fc1")
    app.selectbox(key=f"{FORM}_kind").set_value("backward").run()
    assert not app.button(key=f"{FORM}_add").disabled  # another module
    app.selectbox(key=f"{FORM}_at").set_value("fc1").run()
    assert app.button(key=f"{FORM}_add").disabled
    assert "torch refuses a legacy backward hook beside a full backward hook on fc1" in said(app)


def test_a_longest_list_of_hooks_comes_whole_through_a_link():
    hooks = (Hook("encoder.layers.0.self_attn.out_proj", "rebind", "full_backward_pre", prepend=True),) * MAX_HOOKS
    experiment = Experiment(model="transformer", hooks=hooks)
    app = opened(**experiment.to_params())
    assert app.session_state["seen"] == experiment
    assert not app.warning


def test_dropout_p_is_open_where_the_model_has_one():
    app = opened(model="dropout")
    app.number_input(key="p").set_value(0.2).run()
    assert app.session_state["seen"] == Experiment(model="dropout", p=0.2)
    assert opened().number_input(key="p").disabled


@settings(max_examples=40, deadline=None)
@given(experiments())
def test_a_link_opens_the_experiment_it_was_made_from(experiment: Experiment):
    app = opened(**experiment.to_params())
    assert app.session_state["seen"] == experiment
    assert url(app) == experiment.to_params()
    assert not app.warning


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"model": "gpt"}, "'gpt'"),
        ({"call": "shout"}, "'shout'"),
        ({"mode": "asleep"}, "'asleep'"),
        ({"grad": "1"}, "'1'"),
        ({"hook": "explode"}, "'explode'"),
        ({"hook": "observe", "at": "nowhere"}, "'nowhere'"),
        ({"hook": "observe,observe", "at": "conv1"}, "'conv1'"),
        ({"hook": ",".join(["observe"] * 9)}, "at most 8"),
        ({"hook": "is_global:prepend:observe"}, "no prepend"),
        ({"hook": "backward:observe,full_backward:observe", "at": "fc1,fc1"}, "legacy backward hook"),
        ({"hook": "observe", "model": "checkpoint"}, "not a module"),
        ({"via": "onnx"}, "'onnx'"),
        ({"via": "compile", "model": "function"}, "not a module"),
        ({"keyword": "yes"}, "'yes'"),
        ({"backward": "1"}, "'1'"),
        ({"seed": "-1"}, "-1"),
        ({"seed": "nan"}, "'nan'"),
        ({"batch": "1000000"}, "1000000"),
        ({"batch": "2.5"}, "'2.5'"),
        ({"size": "32px"}, "'32px'"),
        ({"p": "0.5"}, "0.5"),
        ({"model": "dropout", "p": "inf"}, "'inf'"),
        ({"model": "function", "batch": "3"}, "3"),
        ({"digit": "3"}, "cnn has no digit: leave digit out; '3' was given."),
        ({"model": "digits", "digit": "10"}, "digit must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0-hard, 1-hard,"),
        ({"model": "digits", "digit": "7 "}, "'7 ' is not one. Used instead: 7."),
        ({"seed": "9" * 5000}, "999"),
        ({"model": "dropout", "p": "0.333"}, "p has two decimals; '0.333' has more. Used instead: 0.33."),
        ({"model": "function", "keyword": "true"}, "function is not a module: leave keyword out"),
        ({"model": "checkpoint", "backward": "true"}, "checkpoint is not a module: leave backward out"),
        ({"modell": "resnet18", "sede": "3"}, "No page knows 'modell', so it is left out. Is model meant?"),
        ({"modell": "resnet18", "sede": "3"}, "No page knows 'sede', so it is left out. Is seed meant?"),
        ({"x" * 500: "1"}, "No page knows 'xxx"),
        ({name * 9: "1" for name in "abcdef"}, "Nor 2 more."),
    ],
)
def test_nonsense_gives_the_default_says_so_and_leaves_the_url(params: dict[str, str], word: str):
    app = opened(**params)
    experiment = app.session_state["seen"]
    assert experiment == url_module.experiment_of(params)[0]
    assert word in said(app)
    assert url(app) == experiment.to_params()
    app.button(key="dismiss").click().run()
    assert not app.warning


def test_streamlits_own_parameters_are_no_mistake():
    app = opened(step="4", depth="operations", seed="x", embed="true", embed_options="dark_theme")
    assert {name: url(app)[name] for name in PAGE_PARAMETERS if name in url(app)} == {
        "step": "4",
        "depth": "operations",
    }
    assert "embed" not in said(app)


def test_every_parameter_that_a_page_reads_is_known():
    """As the source has them: what a control is bound to, and what is read by hand."""
    source = "".join(path.read_text(encoding="utf-8") for path in UI.rglob("*.py"))
    bound = set()
    for call in ast.walk(ast.parse(source.replace("from __future__ import annotations", ""))):
        if isinstance(call, ast.Call):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            if "bind" in given and isinstance(given["key"], ast.Constant):
                bound.add(given["key"].value)
    assert {"depth", "calls"} < bound
    by_hand = {*POSITIONS, right_side.RIGHT_SIDE, PROJECT}
    assert bound | by_hand == set(PAGE_PARAMETERS)


def test_every_setting_has_a_control_bound_to_its_parameters():
    app = opened(model="digits-dropout")
    assert {control.key for control in app.sidebar if control.key in url_module.SETTING_PARAMETERS} == set(
        url_module.SETTING_PARAMETERS
    )


def test_a_digit_is_chosen_where_one_goes_in_and_what_the_model_makes_of_it_stands_below():
    app = opened(model="digits")
    assert url(app) == {"model": "digits"}
    assert app.selectbox(key="digit").value == "7"
    for digit in ("4-hard", "3", "7"):
        app.selectbox(key="digit").set_value(digit).run()
        assert app.session_state["seen"] == Experiment(model="digits", digit=digit)
        assert stored_digits()[digit].words in [caption.value for caption in app.sidebar.caption]
    app.selectbox(key="digit").set_value("3").run()
    app.selectbox(key="model").set_value("digits-dropout").run()
    assert app.session_state["seen"] == Experiment(model="digits-dropout", digit="3")
    app.selectbox(key="model").set_value("cnn").run()
    assert app.session_state["seen"] == Experiment()
    assert "cnn has no digit: leave digit out; '3' was given." in said(app)
    assert "digit" not in {box.key for box in app.selectbox}
    app.selectbox(key="model").set_value("digits").run()
    assert app.session_state["seen"] == Experiment(model="digits")


def test_digits_open_in_eval_mode_and_the_mode_goes_with_the_model_until_it_is_chosen():
    app = opened(model="digits")
    assert app.segmented_control(key="mode").value == "eval"
    assert app.session_state["seen"] == Experiment(model="digits", training=False)
    app.selectbox(key="model").set_value("cnn").run()
    assert app.segmented_control(key="mode").value == "train"
    app.selectbox(key="model").set_value("digits").run()
    assert app.segmented_control(key="mode").value == "eval"
    app.segmented_control(key="mode").set_value("train").run()
    assert app.session_state["seen"] == Experiment(model="digits", training=True)
    assert opened(model="digits", mode="train").session_state["seen"].to_params() == {
        "model": "digits",
        "mode": "train",
    }


def test_a_parameter_that_is_there_twice_is_said_to_be():
    app = AppTest.from_function(script, default_timeout=patience.SECONDS)
    app.query_params["seed"] = ["3", "4"]
    app.run()
    assert app.session_state["seen"] == Experiment(seed=4)
    assert "seed is there more than once: the last counts." in said(app)


@pytest.mark.parametrize("name", ["keyword", "backward"])
def test_what_is_for_modules_is_given_up_with_the_module(name: str):
    app = opened(**{name: "true"})
    app.selectbox(key="model").set_value("function").run()
    assert app.session_state["seen"] == Experiment(model="function")
    assert f"function is not a module: leave {name} out" in said(app)
    app.selectbox(key="model").set_value("cnn").run()
    assert app.session_state["seen"] == Experiment()


def test_another_model_keeps_what_fits():
    app = opened(batch="3", size="40", mode="eval", seed="5")
    app.selectbox(key="model").set_value("resnet18").run()
    assert app.session_state["seen"] == Experiment(model="resnet18", batch=3, size=40, training=False, seed=5)
    assert not app.warning
    in_the_browser = {"model": "resnet18"}  # which writes the parameter of the control that was touched
    assert url(app) | in_the_browser == app.session_state["seen"].to_params()


def test_another_model_brings_its_own_defaults():
    app = opened()
    app.selectbox(key="model").set_value("resnet18").run()
    assert app.session_state["seen"] == Experiment(model="resnet18")
    assert app.number_input(key="size").value == 64


def test_another_model_gives_up_what_does_not_fit_and_says_so():
    app = opened(batch="49", size="32", hook="double,is_global:observe,raise,zero", at="conv1,,conv2,", via="compile")
    app.selectbox(key="model").set_value("resnet18").run()
    kept = (Hook("conv1", "double"), Hook(is_global=True), Hook("", "zero"))
    assert app.session_state["seen"] == Experiment(model="resnet18", size=32, hooks=kept, entry_mode="compile")
    assert "49" in said(app)
    assert "batch" in said(app)
    assert "resnet18 has no module conv2: hook 3, the forward hook on it, was given up." in said(app)
    app.selectbox(key="model").set_value("function").run()
    assert app.session_state["seen"] == Experiment(model="function")
    assert "function is not a module and takes no hooks: 3 given up." in said(app)
    assert "size" in said(app)
    assert "via" in said(app)
    assert listed(app) == []
    app.selectbox(key="model").set_value("cnn").run()
    assert app.session_state["seen"] == Experiment()


def test_what_needs_a_module_is_shut_without_one():
    app = opened(model="function")
    assert app.segmented_control(key="via").disabled
    assert app.segmented_control(key="mode").disabled
    assert app.checkbox(key="keyword").disabled
    assert app.checkbox(key="backward").disabled
    assert f"{FORM}_add" not in {button.key for button in app.button}


@pytest.mark.parametrize("model", sorted(ENTRIES))
def test_every_entry_has_its_controls(model: str):
    app = opened(model=model)
    assert app.session_state["seen"] == Experiment(model=model)
    for key, allowed in (("batch", ENTRIES[model].batch), ("size", ENTRIES[model].size), ("p", ENTRIES[model].p)):
        number = app.number_input(key=key)
        assert number.disabled == (allowed is None)
        if allowed is not None:
            assert (number.min, number.max, number.value) == (allowed.low, allowed.high, allowed.default)
