"""Graphviz in this process: every format, from many threads, within bounds."""

import struct
from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.drawing.forward_graph import draw
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
