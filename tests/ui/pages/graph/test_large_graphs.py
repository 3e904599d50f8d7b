"""A graph that is too large to draw, on the graph page: folded, and said so; the whole as a file."""

from __future__ import annotations

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from explorer import Experiment, Observation, observe_call
from explorer.drawing import picture
from explorer.ui.pages.graph import cached
from explorer.ui.pages.graph import page as graph_page
from tests.helpers import patience

TURNS = 600
SEED = 987_654  # of an experiment that no other test keeps a drawing of


class Loop(nn.Module):
    """The same layer, again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(TURNS):
            x = self.layer(x)
        return x


def script(seed: int) -> None:
    from explorer.experiment import Experiment
    from explorer.ui.pages.graph.page import draw_page

    draw_page(Experiment(model="simple", seed=seed))


@pytest.fixture(scope="module")
def large() -> Observation:
    return observe_call(Loop(), torch.ones(1, 4))


def test_it_is_folded_and_says_so_and_the_whole_is_a_file(large: Observation, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (graph_page, cached):
        monkeypatch.setattr(module, "observation", lambda _: large)
    ran = AppTest.from_function(script, kwargs={"seed": SEED}, default_timeout=patience.SECONDS).run()
    assert not ran.exception
    captions = " ".join(caption.value for caption in ran.caption)
    assert f"With {TURNS + 2} boxes and {TURNS + 1} links this graph is too large to draw whole" in captions
    assert "how often it came" in captions
    assert len(ran.dataframe) == 1, "a long table draws the rows in view alone"
    labels = [button.proto.label for button in ran.get("download_button")]
    assert labels[:5] == ["SVG", "PNG", "PDF", "DOT", "DOT, whole"]
    experiment = Experiment(model="simple", seed=SEED)
    whole = cached.whole_forward_dot(experiment, "operations", "light", "TB")
    assert whole.count(b" -> ") == TURNS + 1
    assert len(cached.forward_drawing(experiment, "operations", "light", "TB").dot) < len(whole) / 100


def test_a_graph_of_autograd_that_takes_too_long_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = picture.render

    def refuse_autograd(dot: str, kind: picture.FileKind) -> bytes:
        if "autograd-" in dot:
            raise TimeoutError
        assert kind != "dot"
        return draw(dot, kind)

    monkeypatch.setattr(picture, "render", refuse_autograd)
    picture._laid_out.cache_clear()
    ran = AppTest.from_function(script, kwargs={"seed": SEED + 1}, default_timeout=patience.SECONDS).run()
    assert not ran.exception
    assert "takes too long to lay out" in " ".join(info.value for info in ran.info)
