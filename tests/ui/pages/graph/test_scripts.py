"""What is inside a script, on the graph page."""

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from explorer import observe_call
from explorer.drawing.forward_graph import draw
from explorer.ui.pages.graph import words
from explorer.ui.pages.graph.rows import operation_rows
from explorer.ui.pages.graph.scripts import scripts_in
from tests.helpers import patience

pytestmark = pytest.mark.filterwarnings("ignore")


class Deep(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Linear(3, 3) for _ in range(layers)])

    def forward(self, x):
        return self.layers(x).relu()


class Calls(nn.Module):
    def __init__(self, times):
        super().__init__()
        self.script, self.times = torch.jit.script(Deep(1)), times

    def forward(self, x):
        for _ in range(self.times):
            x = self.script(x) + 1
        return x


def script(model):
    from explorer.experiment import Experiment
    from explorer.ui.pages.graph.page import draw_page

    draw_page(Experiment(model=model))


def page(model, *, is_open):
    ran = AppTest.from_function(script, kwargs={"model": model}, default_timeout=patience.SECONDS)
    ran.session_state["scripts"] = is_open
    ran.run()
    assert not ran.exception
    return ran


@pytest.mark.parametrize("layers", [1, 3, 400])
def test_the_inside_is_drawn_bounded(layers):
    seen = observe_call(torch.jit.script(Deep(layers)), torch.ones(2, 3))
    ((_, node),) = scripts_in(seen.graph)
    ran = words.operations_inside(node)
    assert ran == 2 * layers + 1
    assert words.scripts_title([node]) == f"Inside `Deep.forward` (script): {ran} operations"
    drawing = draw(node.inside, "operations", prefix="script")
    assert drawing.svg
    assert bool(drawing.folded) == (layers == 400)


@pytest.mark.parametrize("times", [0, 1, 3])
def test_each_script_is_named_and_its_operations_are_rows_below_it(times):
    seen = observe_call(Calls(times), torch.ones(2, 3))
    scripts = dict(scripts_in(seen.graph))
    assert len(scripts) == times
    names = words.script_names(scripts)
    assert list(names.values()) == [f"{each + 1}. Deep.forward in script: 3 operations" for each in range(times)]
    inner = ["Deep.forward", "↳ t", "↳ addmm", "↳ relu", "add"]
    rows = operation_rows(seen.graph)
    assert [row["operation"] for row in rows] == ["input", *inner * times, "output"]
    assert {row["in module"] for row in rows if row["operation"].startswith("↳")} <= {"script Deep.forward"}


def test_the_page_draws_it_once_it_is_opened():
    for is_open in (False, True):
        ran = page("scripted-child", is_open=is_open)
        labels = [each.label for each in ran.expander]
        assert any("(script): 1 operation" in label for label in labels)
        assert any("is told of nothing in it" in each.value for each in ran.caption) is is_open


def test_a_run_without_a_script_has_no_such_part():
    assert not any("script" in each.label for each in page("cnn", is_open=False).expander)
