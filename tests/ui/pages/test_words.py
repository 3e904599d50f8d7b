"""The headline, the snippet, the links and the cache of the first page."""

from __future__ import annotations

import contextlib
import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings

from explorer import Experiment, Hook, observe
from explorer.catalog import ENTRIES, build, example_inputs
from explorer.ui.pages.call_path.headline import headline
from explorer.ui.pages.call_path.snippet import python_snippet
from explorer.ui.shell import observations, url
from tests.helpers.experiments import experiments


def plain(experiment: Experiment) -> str:
    return re.sub(r"[`*\\]", "", headline(observe(experiment)))


def test_the_headline_counts_what_a_hand_counts():
    """feedforward: the model and its three layers are called; linear, relu, linear run."""
    words = plain(Experiment(model="feedforward"))
    assert words.startswith(
        "model(x) on FeedforwardNetwork returned float32 [1, 10] after 4 module calls, 3 operations"
    )


@pytest.mark.parametrize("kind", ["full_backward", "full_backward_pre", "backward"])
def test_a_call_returns_before_its_backward_hooks_run(kind: Any):
    """What `backward()` executes afterwards is not counted among the statements of the call."""
    hooks = (Hook(kind=kind, action="double", is_global=True),)
    without, followed = (
        observe(Experiment(model="feedforward", hooks=hooks, backward=backward)) for backward in (False, True)
    )
    assert len(followed.trace.steps) > len(without.trace.steps)
    assert headline(followed) == f"{headline(without)} `loss.backward()` reached 4 of 4 parameters."


def test_the_headline_tells_what_backward_raised():
    assert plain(Experiment(model="feedforward", grad="no_grad", backward=True)).endswith(
        ". loss.backward() raised RuntimeError."
    )


def test_a_forward_that_is_called_directly_is_no_module_call():
    assert "after 4 module calls" in plain(Experiment(model="feedforward"))
    assert "after 3 module calls" in plain(Experiment(model="feedforward", call="forward"))


def test_the_headline_gives_the_shape_that_a_bare_call_gives():
    model = build("cnn")
    with torch.no_grad():
        shape = list(model(*example_inputs("cnn", batch=49, size=32)).shape)
    assert f"float32 {shape}" in plain(Experiment(batch=49, size=32))


def test_the_headline_of_a_call_that_raises_is_pythons_own_message():
    model = build("cnn")
    with pytest.raises(RuntimeError) as raised:
        model(*example_inputs("cnn", size=32))
    words = plain(Experiment(size=32))
    assert "raised RuntimeError in CNN.forward" in words
    assert str(raised.value) in words


def test_a_message_that_ends_with_a_full_stop_is_given_no_second_one():
    seen = observe(Experiment(size=32))
    assert seen.error is not None
    words = headline(replace(seen, error=replace(seen.error, message="It is too large.")))
    assert words.endswith(": It is too large.")


def test_the_headline_of_what_is_not_callable_names_where_python_looked():
    words = plain(Experiment(model="checkpoint"))
    assert "'collections.OrderedDict' object is not callable" in words
    assert "Neither OrderedDict, dict nor object has __call__, so nothing ran." in words


def test_a_missing_forward_is_told_as_well():
    words = plain(Experiment(model="function", call="forward"))
    assert "AttributeError" in words
    assert "forward" in words


@pytest.mark.parametrize("model", sorted(ENTRIES))
def test_every_entry_has_a_headline_in_one_line(model: str):
    words = plain(Experiment(model=model))
    assert "\n" not in words
    assert len(words) < 190


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(experiments())
def test_the_snippet_repeats_the_run(experiment: Experiment):
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(python_snippet(experiment), names)
    repeated, wanted = names["obs"], observe(experiment)
    assert repeated.experiment == experiment
    assert (repeated.output, repeated.error, repeated.graph) == (wanted.output, wanted.error, wanted.graph)


def test_another_model_keeps_what_fits_and_says_what_does_not():
    before = Experiment(batch=49, size=32, hooks=(Hook("conv1", "double"),))
    after, sentences = url.on_another_model(before, "simple")
    assert after == Experiment(model="simple", batch=49)
    assert len(sentences) == 2
    assert any("size" in sentence for sentence in sentences)
    assert any("conv1" in sentence for sentence in sentences)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("12", 12), ("-1", None), ("1.5", None), ("", None)])
def test_a_whole_number_of_a_url(text: str, number: int | None):
    assert url.whole_number(text) == number


@pytest.mark.parametrize("text", ["9" * 30, "٣", "²", "1e3", " 1", "nan"])
def test_what_only_looks_like_a_number_is_none(text: str):
    assert url.whole_number(text) is None


def test_one_observation_serves_all_readers(monkeypatch: pytest.MonkeyPatch):
    counted: list[Experiment] = []

    def counting(experiment: Experiment):
        counted.append(experiment)
        return observe(experiment)

    monkeypatch.setattr(observations, "observe", counting)
    observations.observation.clear()
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(observations.observation, [Experiment(seed=11)] * 32))
    assert counted == [Experiment(seed=11)]
    assert all(one is seen[0] for one in seen)
    observations.observation.clear()
