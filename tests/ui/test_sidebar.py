"""The controls are the URL, and both are the experiment."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from streamlit.testing.v1 import AppTest

from explorer import Experiment, Hook
from explorer.catalog import ENTRIES
from tests.ui.experiments import experiments

PATIENCE = 60  # seconds for one run of the script; the first imports torch


def script() -> None:
    import streamlit

    from explorer.ui import notices
    from explorer.ui.sidebar import experiment_from_sidebar

    streamlit.session_state["seen"] = experiment_from_sidebar()
    notices.show()


def opened(**params: str) -> AppTest:
    """The page as it opens at a URL with these parameters."""
    app = AppTest.from_function(script, default_timeout=PATIENCE)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


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
        ("hook", "double", Experiment(hooks=(Hook("", "double"),))),
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
        "hook": app.segmented_control,
    }.get(control, app.number_input)
    kind(key=control).set_value(value).run()
    assert app.session_state["seen"] == expected


def test_the_place_of_the_hook_is_open_only_with_a_hook():
    app = opened()
    assert app.selectbox(key="at").disabled
    app.segmented_control(key="hook").set_value("observe").run()
    app.selectbox(key="at").set_value("conv2").run()
    assert app.session_state["seen"].hooks == (Hook("conv2", "observe"),)
    app.segmented_control(key="hook").set_value("none").run()
    assert app.session_state["seen"] == Experiment()
    assert app.selectbox(key="at").value == "(outermost)"


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
        ({"seed": "-1"}, "-1"),
        ({"seed": "nan"}, "'nan'"),
        ({"batch": "1000000"}, "1000000"),
        ({"batch": "2.5"}, "'2.5'"),
        ({"size": "32px"}, "'32px'"),
        ({"p": "0.5"}, "0.5"),
        ({"model": "dropout", "p": "inf"}, "'inf'"),
        ({"model": "function", "batch": "3"}, "3"),
        ({"seed": "9" * 5000}, "999"),
    ],
)
def test_nonsense_gives_the_default_says_so_and_leaves_the_url(params: dict[str, str], word: str):
    app = opened(**params)
    experiment = app.session_state["seen"]
    assert experiment == Experiment.from_params(params)[0]
    assert word in said(app)
    assert url(app) == experiment.to_params()
    app.button(key="dismiss").click().run()
    assert not app.warning


def test_two_hooks_in_a_link_are_more_than_the_page_holds():
    app = opened(hook="observe,double", at="conv1,")
    assert app.session_state["seen"].hooks == (Hook("conv1", "observe"),)
    assert "one forward hook" in said(app)


def test_somebody_elses_parameters_are_left_alone():
    app = opened(step="4", depth="operations", seed="x")
    assert url(app) == {"step": "4", "depth": "operations"}


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
    app = opened(batch="49", size="32", hook="double", at="conv1")
    app.selectbox(key="model").set_value("resnet18").run()
    assert app.session_state["seen"] == Experiment(model="resnet18", size=32, hooks=(Hook("conv1", "double"),))
    assert "49" in said(app)
    assert "batch" in said(app)
    app.selectbox(key="model").set_value("function").run()
    assert app.session_state["seen"] == Experiment(model="function")
    assert "hook" in said(app)
    assert "size" in said(app)
    assert app.segmented_control(key="hook").disabled
    app.selectbox(key="model").set_value("cnn").run()
    assert app.session_state["seen"] == Experiment()


@pytest.mark.parametrize("model", sorted(ENTRIES))
def test_every_entry_has_its_controls(model: str):
    app = opened(model=model)
    assert app.session_state["seen"] == Experiment(model=model)
    for key, allowed in (("batch", ENTRIES[model].batch), ("size", ENTRIES[model].size), ("p", ENTRIES[model].p)):
        number = app.number_input(key=key)
        assert number.disabled == (allowed is None)
        if allowed is not None:
            assert (number.min, number.max, number.value) == (allowed.low, allowed.high, allowed.default)
