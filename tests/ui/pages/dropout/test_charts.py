"""The charts as data: in larger letters they are the same; what a picture leaves out, its numbers keep."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from explorer.ui.pages.dropout import charts

CALLS = pd.DataFrame(
    {"calls": [2, 10, 100], "value": [1.0, 2.0, 1.5], "low": [0.0, 1.0, 1.4], "high": [1e60, 3.0, 1.6]}
)
SWEPT = pd.DataFrame(
    {"unit": ["0", "0"], "p": [0.1, 0.5], "variance": [1.0, 2.0], "low": [0.5, 1.0], "high": [1e60, 3.0]}
)


def made(kind: str) -> Any:
    if kind == "strip":
        values = pd.DataFrame({"unit": ["0", "1"], "value": [0.0, 1.0], "percent": [50.0, 100.0]})
        marks = pd.DataFrame({"unit": ["0", "1"], "value": [0.5, 0.5], "mark": [charts.EVAL_OUTPUT, "mean"]})
        return charts.strip(values, marks, (0.0, 1.0), train=True, dark=False)
    table = pd.DataFrame({"call": [1, 2], "value": [0.0, 1.0], "series": ["a", "a"], "channel": [0, 0]})
    return charts.statistics(table, "mean", height=200, dark=True)


def letters(chart: dict[str, Any]) -> list[Any]:
    """Every size of a letter that the chart names."""
    found = [part[name] for part in chart["config"].values() for name in part if name.endswith("FontSize")]
    return found + [layer["mark"]["fontSize"] for layer in chart.get("layer", ()) if "fontSize" in layer["mark"]]


@pytest.mark.parametrize("kind", ["strip", "statistics"])
def test_an_enlarged_chart_differs_in_its_letters(kind: str):
    chart = made(kind)
    before = chart.to_dict()
    after = charts.enlarged(chart).to_dict()
    assert chart.to_dict() == before
    assert all(size == charts.FONT for size in letters(before))
    assert letters(after) == [charts.PROJECTED.to_dict()] * len(letters(before))
    assert after["datasets"] == before["datasets"]
    assert after["config"]["axis"]["labelColor"] == before["config"]["axis"]["labelColor"]


def highs(layer: dict, chart: dict) -> list[float]:
    return [row["high"] for row in chart["datasets"][layer["data"]["name"]]]


@pytest.mark.parametrize(
    ("chart", "interval", "value"),
    [
        (charts.convergence(CALLS, [("eval mode", 1.0)], "mean", height=200, dark=False), "area", "line"),
        (charts.against_p(SWEPT, pd.DataFrame(), height=200, dark=False), "rule", "point"),
    ],
    ids=["convergence", "against p"],
)
def test_an_interval_is_cut_off_outside_the_picture_and_told_in_full(chart, interval: str, value: str):
    drawn = chart.to_dict()
    layers = {layer["mark"]["type"]: layer for layer in reversed(drawn["layer"])}
    shown = next(
        layer["encoding"]["y"]["scale"]["domain"] for layer in drawn["layer"] if layer["encoding"]["y"].get("scale")
    )
    assert shown[1] < highs(layers[interval], drawn)[0] < 100 * shown[1]  # its cut end is out of view
    assert highs(layers[interval], drawn)[1] == 3.0
    assert highs(layers[value], drawn)[0] == 1e60  # what the tooltip reads
    assert layers[interval]["mark"]["clip"]
