"""The graph page, run as Streamlit runs it, without a browser."""

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn
from torch.nn import functional

from explorer import Experiment, observe, observe_call
from explorer.catalog import ENTRIES
from explorer.measure import autograd
from explorer.measure.outcomes import measure_outcomes
from explorer.ui.pages.graph import words
from tests.helpers import patience


def script(**settings):
    from explorer.experiment import Experiment, Hook
    from explorer.ui.pages.graph.page import draw_page

    hooks = tuple(Hook(*hook) for hook in settings.pop("hooks", ()))
    draw_page(Experiment(hooks=hooks, **settings))


def page(**settings):
    ran = AppTest.from_function(script, kwargs=settings, default_timeout=patience.SECONDS).run()
    assert not ran.exception
    return ran


def shown(ran):
    return "\n".join(part.value for part in (*ran.markdown, *ran.info, *ran.warning, *ran.caption))


@pytest.mark.parametrize("key", ENTRIES)
def test_every_entry_opens(key):
    ran = page(model=key)
    assert "What ran" in shown(ran)
    assert "Autograd" in shown(ran)


@pytest.mark.parametrize("depth", ["operations", "leaf", "top"])
def test_every_depth_opens_and_is_in_the_url(depth):
    ran = AppTest.from_function(script, kwargs={"model": "resnet18"}, default_timeout=patience.SECONDS)
    ran.query_params["depth"] = depth
    ran.query_params["direction"] = "right"
    ran.run()
    assert not ran.exception
    assert (ran.segmented_control(key="depth").value, ran.segmented_control(key="direction").value) == (depth, "right")


def test_a_depth_that_is_none_falls_back():
    ran = AppTest.from_function(script, default_timeout=patience.SECONDS)
    ran.query_params["depth"] = "nonsense"
    ran.run()
    assert not ran.exception
    assert ran.segmented_control(key="depth").value == "operations"


def test_the_counts_are_those_of_the_run():
    assert "What ran: 10 operations" in shown(page(model="cnn"))
    # By hand: 4 Addmm/T, 2 conv, 3 relu, 2 pool, 1 view, and the weight and bias of 4 layers.
    assert "Autograd: 20 functions, 8 of them `AccumulateGrad`" in shown(page(model="cnn"))


def test_compare_counts_the_same_functions():
    experiment = Experiment(model="cnn")
    assert measure_outcomes(experiment, experiment).left_functions == 20


def test_an_operation_that_raised_is_not_counted_as_run():
    seen = observe(Experiment(model="cnn", size=32))
    assert words.ran_sentence(seen.graph) == "6 operations, and `view` raised"
    assert words.raised_sentence(seen) == "The call raised `RuntimeError` in `view`. What is drawn ran up to there."


def test_nothing_is_said_to_be_drawn_where_nothing_ran():
    assert words.raised_sentence(observe(Experiment(model="not-a-model"))) == "The call raised `TypeError`."


@pytest.mark.parametrize(
    ("grad", "word"), [("no_grad", "under `no_grad`"), ("inference_mode", "under `inference_mode`")]
)
def test_an_empty_autograd_graph_is_explained(grad, word):
    assert word in shown(page(model="cnn", grad=grad))


def test_the_dropouts_multiplication_is_named_in_both_modes():
    for training in (True, False):
        text = shown(page(model="dropout", training=training))
        assert "Only train mode recorded `MulBackward0`." in text
        assert "1 dropout call multiplied by a random mask" in text
    assert "ran no tensor operation, so not drawn: `dropout` (Dropout)" in text


class Dropouts(nn.Module):
    """Dropouts that are told the mode, then such as are not."""

    def __init__(self, told, bare):
        super().__init__()
        self.drops = nn.ModuleList(nn.Dropout(0.5) for _ in range(told))
        self.bare = bare

    def forward(self, x):
        for drop in self.drops:
            x = drop(x)
        for _ in range(self.bare):
            x = functional.dropout(x, 0.5)
        return x


@pytest.mark.parametrize(
    ("told", "bare", "said"),
    [
        (1, 0, "1 dropout call multiplied by a random mask, which {}. In eval mode none does."),
        (1, 1, "2 dropout calls multiplied by a random mask, which {}. In eval mode 1 still does."),
        (1, 2, "3 dropout calls multiplied by a random mask, which {}. In eval mode 2 still do."),
        (0, 1, ""),
    ],
)
def test_a_dropout_that_is_not_told_the_mode_multiplies_in_both(told, bare, said):
    model, x = Dropouts(told, bare), torch.ones(4, requires_grad=True)
    graphs, recorded = [], []
    for training in (True, False):
        seen = observe_call(model.train(training), x)
        graphs.append(seen.graph)
        recorded.append(autograd.record_autograd(seen.value, ()))
    assert recorded[1].functions.count("MulBackward0") == bare
    difference = autograd.difference_between(*recorded)
    assert words.dropout_sentence(*graphs, difference) == said.format(
        "autograd, on the CPU, recorded as `MulBackward0`"
    )


def test_no_corner_is_explained_where_nothing_is_drawn(monkeypatch):
    assert "folded corner" in shown(page(model="simple", seed=4711))
    monkeypatch.setattr(autograd, "DRAWN_AT_MOST", 3)
    text = shown(page(model="simple", seed=4712))  # of its own: the graph of a seed is kept
    assert "too many to draw" in text
    assert "folded corner" not in text


def test_no_difference_is_claimed_where_there_is_none():
    assert "Only " not in shown(page(model="cnn"))


def test_batch_norms_counter_is_named():
    assert "Only train mode ran `add_` in `bn`." in shown(page(model="batchnorm"))


def test_a_call_that_raises_is_shown_as_one():
    text = shown(page(model="cnn", size=32))
    assert "raised `RuntimeError` in `view`" in text
    assert "What ran" in text
    assert "Box with a thick edge: it raised." in text
    assert "thick edge" not in shown(page(model="cnn"))


def test_a_hooks_work_is_in_the_legend():
    assert "Dashed box: work inside a hook." in shown(page(model="cnn", hooks=(("conv1", "double"),)))
    assert "hook" not in shown(page(model="cnn"))


def test_the_table_lists_every_operation():
    tables = page(model="cnn").table
    assert len(tables[0].value) == 12  # ten operations, input and output
