"""The whole script, without a browser: it draws every run, and a fault of a page is told in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from streamlit.testing.v1 import AppTest

from explorer import Experiment
from explorer.catalog import ENTRIES
from explorer.catalog.user_model import UserModelError
from explorer.ui.shell import errors
from tests.helpers import patience
from tests.helpers.experiments import experiments

APP = Path(__file__).resolve().parents[2] / "app.py"


def opened(experiment: Experiment) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=patience.SECONDS)
    for name, value in experiment.to_params().items():
        app.query_params[name] = value
    return app.run()


def texts(app: AppTest) -> list[str]:
    return [element.value for kind in (app.markdown, app.error, app.warning) for element in kind]


@pytest.mark.parametrize("model", sorted(ENTRIES))
def test_it_draws_every_entry(model: str):
    app = opened(Experiment(model=model))
    assert not app.exception
    assert errors.SENTENCE not in texts(app)
    assert app.title[0].value == "What happens between the parentheses of `model(x)`?"


@settings(max_examples=15, deadline=None)
@given(experiments())
def test_it_draws_any_run(experiment: Experiment):
    app = opened(experiment)
    assert not app.exception
    assert errors.SENTENCE not in texts(app)


@pytest.mark.parametrize("size", [28, 32])  # the second raises
def test_the_page_of_a_run_shows_what_a_bare_call_says_of_it(size: int):
    app = opened(Experiment(size=size))
    seals = [caption.value for caption in app.caption if caption.value.startswith("Checked against a bare call: ")]
    assert len(seals) == 1
    checked = re.match(r"Checked against a bare call: (\d+) of (\d+) lines, (.*), random state equal", seals[0])
    assert checked is not None
    assert checked[1] == checked[2]
    assert checked[3] == ("output bit for bit" if size == 28 else "the same exception")


def test_it_shows_a_call_that_raises():
    app = opened(Experiment(size=32))
    assert not app.exception
    assert len(app.error) == 1
    assert "RuntimeError" in app.error[0].value


def test_a_fault_of_a_page_is_one_sentence(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the reader must not see this")

    monkeypatch.setattr("explorer.ui.pages.call_path.page.show_player", broken)
    app = opened(Experiment())
    assert not app.exception
    assert [error.value for error in app.error] == [errors.SENTENCE]
    assert "the reader must not see this" in caplog.text


def test_what_the_readers_own_model_raises_is_no_fault_of_the_explorer(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise UserModelError("net:make, called with no arguments, raised ValueError: *no* (net.py, line 3)")

    monkeypatch.setattr("explorer.ui.pages.call_path.page.show_player", broken)
    app = opened(Experiment())
    assert not app.exception
    assert ["raised ValueError" in error.value for error in app.error] == [True]
    assert "\\*no\\*" in app.error[0].value


def test_a_model_that_cannot_be_used_is_told_and_nothing_is_drawn_in_its_place(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    sentence = "--model net:make: there is no module net."
    monkeypatch.setattr("explorer.ui.shell.user_model.refusal", lambda command, script: sentence)
    for _ in range(2):
        app = opened(Experiment())
        assert not app.exception
        assert [title.value for title in app.title] == ["Your own model cannot be used"]
        assert len(app.error) == 1
        assert not app.selectbox
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [sentence]
