"""The charts as data: what hovering says is what was measured; what a picture leaves out, its numbers keep."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from explorer.ui.pages.dropout import charts
from explorer.ui.pages.dropout.charts.against_p import nice
from explorer.ui.pages.dropout.charts.style import (
    BLUE,
    DARK_BLUE,
    FONT,
    GREEN,
    PROJECTED,
    VERMILLION,
    enlarged,
    fonts,
    number,
    paper,
)

CALLS = pd.DataFrame(
    {"calls": [2, 10, 100], "value": [1.0, 2.0, 1.5], "low": [0.0, 1.0, 1.4], "high": [1e60, 3.0, 1.6]}
)
SWEPT = pd.DataFrame(
    {
        "unit": ["0", "0", "1", "1"],
        "p": [0.1, 0.5, 0.1, 0.5],
        "variance": [1.0, 4.0, 2.0, 9.0],
        "low": [0.25, 1.0, 1.0, 4.0],
        "high": [1e60, 9.0, 3.0, 16.0],
    }
)
CURVE = pd.DataFrame({"unit": ["0", "0", "1", "1"], "p": [0.1, 0.5] * 2, "variance": [1.0, 4.0, 2.0, 9.0]})
OUTPUTS = pd.DataFrame(
    {"unit": ["0", "0", "1"], "value": [0.0, 2.0, 1.0], "calls": [30, 10, 40], "percent": [75.0, 25.0, 100.0]}
)
REFERENCES = pd.DataFrame({"unit": ["0", "0"], "value": [0.7, 0.5], "name": [charts.EVAL_OUTPUT, "mean of the calls"]})
RUNNING = pd.DataFrame(
    [
        {"call": call, "value": call * (channel + 1) if series != "eval" else 0.5, "series": series, "channel": channel}
        for series in ("train", "train, no_grad", "eval")
        for channel in (0, 1)
        for call in (0, 1, 2)
    ]
)


def made(kind: str, dark: bool = False) -> Any:
    if kind == "strip":
        return charts.strip(OUTPUTS, REFERENCES, (0.0, 1.0), train=True, dark=dark)
    if kind == "convergence":
        return charts.convergence(CALLS, [("eval", 1.0), ("closed form", 1.2)], "mean", height=200, dark=dark)
    if kind == "against p":
        return charts.against_p(SWEPT, CURVE, height=200, dark=dark)
    return charts.statistics(RUNNING, "running_mean", height=200, dark=dark)


FIGURES = ["strip", "convergence", "against p", "statistics"]
every_figure = pytest.mark.parametrize("kind", FIGURES)


def trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in figure["data"] if one.get("name") == name)


def hover_text(one: dict[str, Any], index: int) -> str:
    """Return what hovering over a point says."""
    text = one["hovertemplate"].replace("<extra></extra>", "").replace("%{y}", str(one["y"][index]))
    for number_of, value in enumerate(one.get("customdata", [[]] * (index + 1))[index]):
        text = text.replace(f"%{{customdata[{number_of}]}}", value)
    assert "%{" not in text
    return text


@every_figure
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_plotly_takes_a_figure_as_it_is(kind: str, dark: bool):
    figure = made(kind, dark)
    assert json.loads(json.dumps(figure)) == figure  # plain data
    go.Figure(figure)  # raises where plotly does not know a name or a value


@every_figure
def test_an_enlarged_figure_differs_in_its_letters_and_their_room(kind: str):
    figure = made(kind)
    before = json.dumps(figure)
    after = enlarged(figure)
    assert json.dumps(figure) == before
    assert len(list(fonts(figure))) == 4  # the whole, both titles, what hovering tells
    assert {font["size"] for font in fonts(figure)} == {FONT}
    assert {font["size"] for font in fonts(after)} == {PROJECTED}
    for font in fonts(after):
        font["size"] = FONT
    if "title" in after["layout"]["yaxis"]:
        assert after["layout"]["yaxis"]["title"].pop("standoff") > figure["layout"]["yaxis"]["title"].pop("standoff")
    assert after == figure


def test_a_line_tells_its_value_and_both_ends_of_its_interval():
    figure = made("convergence")
    assert figure["layout"]["hovermode"] == "x unified"
    assert figure["layout"]["xaxis"]["unifiedhovertitle"]["text"] == "mean, %{x:,} calls"
    line = trace(figure, "train")
    assert hover_text(line, 1) == "train: 2<br>interval low: 1<br>interval high: 3"
    assert hover_text(line, 0) == "train: 1<br>interval low: 0<br>interval high: 1e+60"
    for name, value in (("eval", "1"), ("closed form", "1.2")):
        assert hover_text(trace(figure, name), 0) == f"{name}: {value}"
        assert trace(figure, name)["x"] == line["x"]  # so that hovering gives it at each point of the line
    assert trace(figure, "95 % interval")["hoverinfo"] == "skip"


def test_a_marker_tells_variances_and_not_the_roots_that_are_drawn():
    figure = made("against p")
    markers = trace(figure, "unit 0")
    assert markers["y"] == [1.0, 2.0]
    assert hover_text(markers, 1) == "unit 0: 4, 95 % interval from 1 to 9"
    assert markers["error_y"]["array"][1] == 1.0
    assert markers["error_y"]["arrayminus"] == [0.5, 1.0]
    assert hover_text(markers, 0) == "unit 0: 1, 95 % interval from 0.25 to 1e+60"
    assert hover_text(trace(figure, "closed form of unit 1"), 1) == "unit 1, closed form: 9"
    ticks = figure["layout"]["yaxis"]
    assert [float(text) for text in ticks["ticktext"]] == pytest.approx([height**2 for height in ticks["tickvals"]])


def test_a_circle_tells_its_value_and_its_share():
    circles, tick, diamond = made("strip")["data"]
    assert hover_text(circles, 0) == "unit 0<br>output: 0<br>75 % of the calls (30)"
    assert circles["text"] == ["75 %", "25 %", "100 %"]
    assert circles["textposition"] == ["middle left", "middle right", "middle right"]
    large, small, whole = circles["marker"]["size"]
    assert large**2 / whole**2 == pytest.approx(0.75)
    assert small**2 / whole**2 == pytest.approx(0.25)
    assert hover_text(tick, 0) == "unit 0<br>eval output: 0.7"
    assert hover_text(diamond, 0) == "unit 0<br>mean of the calls: 0.5"
    assert tick["marker"]["symbol"] != diamond["marker"]["symbol"]


def test_a_share_of_one_in_a_thousand_is_seen_and_not_written():
    values = pd.DataFrame({"unit": ["0"] * 2, "value": [0.0, 1.0], "calls": [1, 999], "percent": [0.1, 99.9]})
    circles = charts.strip(values, REFERENCES, (0.0, 1.0), train=False, dark=False)["data"][0]
    assert circles["text"] == ["", "99.9 %"]
    assert circles["marker"]["size"][0] == 3


def test_a_share_is_written_where_there_is_room():
    one = pd.DataFrame({"unit": ["0"], "value": [0.4], "calls": [10], "percent": [100.0]})
    assert charts.strip(one, REFERENCES, (0.0, 1.0), train=True, dark=False)["data"][0]["textposition"] == [
        "middle left"
    ]
    many = pd.DataFrame(
        {"unit": ["0"] * 11, "value": [number / 100 for number in range(11)], "calls": [20] + [8] * 10}
    ).assign(percent=lambda table: table["calls"])
    circles = charts.strip(many, REFERENCES, (0.0, 1.0), train=True, dark=False)["data"][0]
    assert set(circles["text"]) == {""}
    assert max(circles["marker"]["size"]) == 18


def test_equal_lines_share_a_hover_text():
    figure = made("statistics")
    for one in (trace(figure, "train"), trace(figure, "train, no_grad"), trace(figure, "eval")):
        assert hover_text(one, 2) == "channel 0 after 2 calls<br>train: 2<br>train, no_grad: 2<br>eval: 0.5"


def test_equal_lines_are_seen_as_two():
    """By hand: each line leaves the edges of the one below it free, and has gaps; none is seen through another."""
    figure = made("statistics")
    styles = [trace(figure, name)["line"] for name in ("train", "train, no_grad", "eval")]
    widths = [style["width"] for style in styles]
    assert all(below >= 2 * above for below, above in pairwise(widths))
    assert styles[0]["dash"] == "solid"
    assert len({style["dash"] for style in styles}) == 3
    assert all("opacity" not in one for one in figure["data"])
    order = [one["name"] for one in figure["data"]]
    assert order == sorted(order, key=["train", "train, no_grad", "eval"].index)  # plotly draws the last one on top


@every_figure
def test_series_differ_without_their_hues(kind: str):
    looks: dict[str, set[str]] = {}
    for one in made(kind)["data"]:
        if one.get("fill"):
            continue
        look = [one["mode"], one.get("line", {}).get("dash"), one.get("marker", {}).get("symbol")]
        looks.setdefault(json.dumps(look), set()).add(str(one.get("name", id(one))))
    assert all(len(names) == 1 for names in looks.values())


@every_figure
def test_a_series_is_switched_whole_and_named_once(kind: str):
    figure = made(kind)
    if not figure["layout"]["showlegend"]:
        return
    groups = {one["legendgroup"] for one in figure["data"]}
    named = [one["legendgroup"] for one in figure["data"] if one.get("showlegend", True)]
    assert sorted(named) == sorted(groups)


def test_the_band_goes_with_its_line():
    figure = made("convergence")
    assert trace(figure, "95 % interval")["legendgroup"] == trace(figure, "train")["legendgroup"]


def test_a_band_is_cut_off_outside_the_picture():
    figure = made("convergence")
    _, top = figure["layout"]["yaxis"]["range"]
    band = trace(figure, "95 % interval")["y"]
    assert top < band[0] < 100 * top  # its cut end is out of view
    assert band[1:] == [3.0, 1.6, 1.4, 1.0, 0.0]


def test_a_bar_is_cut_off_outside_the_picture():
    figure = made("against p")
    _, top = figure["layout"]["yaxis"]["range"]
    markers = trace(figure, "unit 0")
    assert top < markers["y"][0] + markers["error_y"]["array"][0] < 100 * top


@pytest.mark.parametrize("most", [1e-12, 0.013, 0.27, 1.0, 8.5, 1e7])
def test_numbers_on_the_square_root_axis_keep_their_distance(most: float):
    ticks = nice(most)
    assert ticks[0] == 0
    assert 3 <= len(ticks) <= 7
    assert most / 3 < ticks[-1] <= most
    roots = [tick**0.5 for tick in ticks]
    assert min(b - a for a, b in pairwise(roots)) >= most**0.5 / 6


def test_a_number_is_written_as_far_as_it_is_worth():
    written = {0.123456: "0.1235", -0.0: "0", 123456.7: "123,457", 1e60: "1e+60", 4.0: "4", 2.5e-7: "2.5e-07"}
    assert {value: number(value) for value in written} == written
    assert number(0.1234567, 5) == "0.12346"
    assert number(float("inf")) == "inf"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_hues_stand_out_from_the_page(dark: bool):
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for hue in (VERMILLION, GREEN, DARK_BLUE if dark else BLUE):
        one, other = sorted((light(hue), light(paper(dark))))
        assert (other + 0.05) / (one + 0.05) >= 3
