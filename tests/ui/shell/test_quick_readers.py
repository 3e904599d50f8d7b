"""A reader who chooses and presses before the script has drawn what they chose: no choice is lost.

The browser then sends all of it at once, and the callbacks run before the script does. So does one `run` after several
changes here.
"""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import Experiment, Hook
from explorer.catalog.hooks import options
from explorer.catalog.hooks.hook import HookAction, HookKind
from explorer.ui.shell.hook_list import FORM
from tests.ui.shell.test_sidebar import opened, said, url

PLACES = ("(outermost)", "(every module)", "conv1", "fc2")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(get_args(HookKind)), st.sampled_from(PLACES), st.sampled_from(get_args(HookAction)))
def test_a_hook_is_registered_as_it_was_chosen(kind: HookKind, at: str, action: HookAction):
    app = opened()
    for name, value in (("kind", kind), ("at", at), ("action", action)):
        app.selectbox(key=f"{FORM}_{name}").set_value(value)
    app.button(key=f"{FORM}_add").click().run()
    path = "" if at.startswith("(") else at
    assert app.session_state["seen"].hooks == (Hook(path, action, kind, at == "(every module)"),)
    assert url(app) == app.session_state["seen"].to_params()


@pytest.mark.parametrize("kind", get_args(HookKind))
def test_an_option_that_the_new_kind_does_not_have_is_left_out(kind: HookKind):
    app = opened()
    for name in ("with_kwargs", "prepend", "always_call"):
        app.checkbox(key=f"{FORM}_{name}").set_value(True)
    app.selectbox(key=f"{FORM}_kind").set_value(kind)
    app.button(key=f"{FORM}_add").click().run()
    (hook,) = app.session_state["seen"].hooks
    assert hook == Hook(kind=kind, **dict.fromkeys(options(kind, False), True))


def test_what_torch_refuses_is_not_registered_and_a_notice_says_so():
    app = opened(hook="full_backward:observe", at="fc1")
    app.selectbox(key=f"{FORM}_kind").set_value("backward")
    app.selectbox(key=f"{FORM}_at").set_value("fc1")
    app.button(key=f"{FORM}_add").click().run()
    assert len(app.session_state["seen"].hooks) == 1
    assert "torch refuses a legacy backward hook beside a full backward hook on fc1" in said(app)


def test_two_hooks_are_removed_as_they_were_seen():
    app = opened(hook="observe,double,raise,observe", at="conv1,,fc1,")
    app.button(key="remove-hook-1").click()
    app.button(key="remove-hook-3").click().run()
    assert app.session_state["seen"].hooks == (Hook("", "double"), Hook("", "observe"))


def test_of_equal_hooks_the_one_that_was_pressed_goes():
    app = opened(hook="observe,double,observe,raise")
    app.button(key="remove-hook-3").click().run()
    assert [hook.action for hook in app.session_state["seen"].hooks] == ["observe", "double", "raise"]


def test_a_setting_changed_just_before_the_model_goes_along():
    app = opened()
    app.segmented_control(key="mode").set_value("eval")
    app.number_input(key="seed").set_value(7)
    app.checkbox(key="backward").set_value(True)
    app.selectbox(key="model").set_value("feedforward").run()
    assert app.session_state["seen"] == Experiment(model="feedforward", training=False, seed=7, backward=True)
    assert not app.warning


def test_a_hook_registered_just_before_the_model_goes_along():
    app = opened()
    app.button(key=f"{FORM}_add").click()
    app.selectbox(key="model").set_value("feedforward").run()
    assert app.session_state["seen"] == Experiment(model="feedforward", hooks=(Hook(),))
