"""What torch refuses to register is refused before, in a sentence; and nothing else is."""

import itertools

import pytest

from explorer import Experiment, Hook
from explorer.catalog import build
from explorer.experiment import ExperimentError
from tests.helpers.hooked import add, clean_globals

KINDS = ("backward", "full_backward", "full_backward_pre", "forward")
PLACES = ((False, ""), (False, "conv1"), (True, ""))
HOOKS = [Hook(at, kind=kind, is_global=is_global) for kind in KINDS for is_global, at in PLACES]


def torch_refuses(hooks) -> str | None:
    """What torch itself says to these, registered one after another."""
    model = build("cnn")
    with clean_globals():
        try:
            for hook in hooks:
                add(model, hook, lambda *_: None)
        except RuntimeError as error:
            return str(error)
    return None


@pytest.mark.parametrize("pair", list(itertools.product(HOOKS, HOOKS)))
def test_a_pair_is_refused_exactly_where_torch_refuses_it(pair):
    said = torch_refuses(pair)
    if said is None:
        assert Experiment(hooks=pair).hooks == pair
        return
    assert "Cannot use both regular backward hooks and full backward hooks" in said
    with pytest.raises(ExperimentError, match="torch refuses a legacy backward hook beside a full backward hook"):
        Experiment(hooks=pair)


def test_the_sentence_names_the_place():
    for at, is_global, where in (("", False, "on the outermost module"), ("fc1", False, "on fc1"), ("", True, "every")):
        pair = [Hook(at, kind=kind, is_global=is_global) for kind in ("backward", "full_backward")]
        with pytest.raises(ExperimentError, match=where):
            Experiment(hooks=(Hook(), *pair))


def test_a_link_with_both_kinds_on_two_modules_is_taken_and_on_one_module_answered():
    apart = {"hook": "backward:observe,full_backward:observe", "at": "conv1,conv2"}
    found, doubts = Experiment.from_params(apart)
    assert [hook.at for hook in found.hooks] == ["conv1", "conv2"]
    assert doubts == ()
    for together, at in (({**apart, "at": "fc1,fc1"}, "fc1"), ({"hook": apart["hook"]}, "")):
        found, doubts = Experiment.from_params(together)
        assert found == Experiment(hooks=(Hook(at, kind="backward"),))
        (said,) = doubts
        assert said.startswith("torch refuses a legacy backward hook beside a full backward hook")
        assert said.endswith("Left out: hook 2.")
