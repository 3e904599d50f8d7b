"""Graphviz in this process and beside it: every format, from many threads, within bounds of size and time."""

import struct
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from explorer import observe_call
from explorer.drawing import picture
from explorer.drawing import render as renderer
from explorer.drawing.forward_graph import draw, draw_in_time
from explorer.drawing.render import PNG_PIXELS, render, size_of
from tests.helpers.hand_made_graphs import GRAPH

DOT = draw(GRAPH).dot


@pytest.mark.parametrize(("kind", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF-")])
def test_each_format_is_what_it_says(kind, magic):
    assert render(DOT, kind).startswith(magic)


def test_dot_is_offered_as_it_was_drawn():
    drawing = draw(GRAPH)
    assert drawing.file("dot").decode() == drawing.dot
    assert drawing.file("pdf").startswith(b"%PDF-")


def png_size(data):
    return struct.unpack(">II", data[16:24])


def test_a_png_has_two_pixels_a_point():
    width, height = size_of(render(DOT, "svg"))
    assert png_size(render(DOT, "png")) == pytest.approx((2 * width, 2 * height), abs=3)


@pytest.mark.parametrize("dot", ["digraph { a [width=90 height=90] }", "digraph { a [width=1 height=500] }"])
def test_a_huge_graph_becomes_a_bounded_png(dot):
    width, height = png_size(render(dot, "png"))
    assert width * height <= PNG_PIXELS * 1.05
    assert max(width, height) <= 32_767


def test_what_is_no_dot_is_refused():
    with pytest.raises(ValueError, match="DOT"):
        render("this is { not a graph", "svg")


def test_many_threads_draw_what_one_does():
    drawings = [draw(GRAPH, depth, theme) for depth in ("operations", "leaf", "top") for theme in ("light", "dark")]
    alone = [render(drawing.dot, "svg") for drawing in drawings]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda drawing: render(drawing.dot, "svg"), drawings * 8))
    assert together == alone * 8


def chain(length: int) -> str:
    return "digraph {\n" + "".join(f"a{n} -> a{n + 1}\n" for n in range(length)) + "}"


@pytest.mark.parametrize(("kind", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF-")])
def test_what_is_large_is_drawn_in_a_process_of_its_own(kind, magic, monkeypatch):
    monkeypatch.setattr(renderer.pygraphviz, "AGraph", None)
    monkeypatch.setattr(renderer, "MOST_SECONDS", 60)
    assert render(chain(renderer.SMALL), kind).startswith(magic)


def test_a_process_of_its_own_draws_the_same(monkeypatch):
    here = render(DOT, "svg")
    monkeypatch.setattr(renderer, "SMALL", 0)
    monkeypatch.setattr(renderer, "MOST_SECONDS", 60)
    assert render(DOT, "svg") == here
    with pytest.raises(ValueError, match="DOT"):
        render("this is { not\n a graph", "svg")


def test_what_takes_too_long_is_ended(monkeypatch):
    ended = []

    class Watched(subprocess.Popen):
        def kill(self):
            ended.append(self.pid)
            super().kill()

    monkeypatch.setattr(subprocess, "Popen", Watched)
    monkeypatch.setattr(renderer, "SMALL", 0)
    monkeypatch.setattr(renderer, "MOST_SECONDS", 0.001)
    with pytest.raises(TimeoutError):
        render(DOT, "svg")
    assert len(ended) == 1


def test_a_drawing_that_takes_too_long_is_folded_further(monkeypatch):
    model = torch.nn.Sequential(*(torch.nn.Linear(n, n + 1) for n in range(1, 90)))
    graph = observe_call(model, torch.zeros(1, 1)).graph
    tried = []

    def refuse_what_is_large(dot, kind):
        tried.append(dot.count("\n"))
        if tried[-1] > renderer.SMALL:
            raise TimeoutError
        return render(dot, kind)

    monkeypatch.setattr(picture, "render", refuse_what_is_large)
    assert "linear × 89" in draw_in_time(graph).svg  # noqa: RUF001
    assert tried[0] > renderer.SMALL >= tried[1]


def test_the_lock_is_not_held_while_another_process_draws(monkeypatch):
    inside, go_on = threading.Event(), threading.Event()
    run = subprocess.run

    def wait(*arguments, **options):
        inside.set()
        assert go_on.wait(60)
        return run(*arguments, **options)

    monkeypatch.setattr(subprocess, "run", wait)
    monkeypatch.setattr(renderer, "MOST_SECONDS", 60)
    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(render, chain(renderer.SMALL), "svg")
        assert inside.wait(60)
        assert render("digraph { a -> b }", "svg").startswith(b"<?xml")
        assert not large.done()
        go_on.set()
        assert large.result().startswith(b"<?xml")
