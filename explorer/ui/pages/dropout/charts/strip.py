"""What each unit of the output gave: a row of circles a unit."""

from __future__ import annotations

import pandas as pd

from explorer.ui.pages.dropout.charts.style import VERMILLION, Figure, Part, axis, blue, frame, ink, number, paper

EVAL_OUTPUT = "eval output"
ROW = 33  # pixels a unit
AXIS = 66  # pixels below and above the units
NAMED = 10  # percent of the calls from which on a value's share is written beside it
LARGE, SMALL = 27.0, 18.0  # pixels: the circle of all calls; of the most frequent value where no value is frequent
LEAST = 3.0  # pixels: a smaller circle could not be seen
DIGITS = 5


def strip(table: pd.DataFrame, marks: pd.DataFrame, domain: tuple[float, float], *, train: bool, dark: bool) -> Figure:
    """Draw a circle at each value, its area the share of calls; the eval output as a tick, the mean as a diamond.

    table: unit, value, calls, percent. marks: unit, value, mark (EVAL_OUTPUT or another).
    """
    units = sorted(table["unit"].unique(), key=int)
    evaluated = marks["mark"] == EVAL_OUTPUT
    tick = {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": ink(dark)}}
    diamond = {"symbol": "diamond", "size": 12, "color": paper(dark), "line": {"width": 2.5, "color": ink(dark)}}
    traces = [
        _circles(table, VERMILLION if train else blue(dark)),
        _marks(marks[evaluated], tick),
        _marks(marks[~evaluated], diamond),
    ]
    rows = {"type": "category", "categoryorder": "array", "categoryarray": units, "range": [len(units) - 0.5, -0.5]}
    return frame(
        traces,
        x=axis("output (no unit)", dark, range=list(domain), nticks=6),
        y=axis("unit", dark, **rows),
        height=ROW * len(units) + AXIS,
        dark=dark,
        hover="closest",
        legend=False,
    )


def _circles(table: pd.DataFrame, hue: str) -> Part:
    often = table["percent"] >= NAMED
    # Away from the unit's other values, so that no share lies on the mean or on the eval output between them.
    middle = table[often].groupby("unit")["value"].mean()
    left = table["value"] < table["unit"].map(middle).fillna(table["value"])
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": table["value"].tolist(),
        "y": table["unit"].tolist(),
        "marker": {"size": _diameters(table["percent"]), "color": hue, "opacity": 0.8, "line": {"width": 0}},
        "text": [f"{percent:.3g} %" if named else "" for percent, named in zip(table["percent"], often, strict=True)],
        "textposition": ["middle left" if side else "middle right" for side in left],
        "customdata": [
            [number(value, DIGITS), f"{percent:.3g}", f"{calls:,}"]
            for value, percent, calls in zip(table["value"], table["percent"], table["calls"], strict=True)
        ],
        "hovertemplate": "unit %{y}<br>output: %{customdata[0]}<br>%{customdata[1]} % of the calls"
        " (%{customdata[2]})<extra></extra>",
        "cliponaxis": False,
    }


def _diameters(percents: pd.Series) -> list[float]:
    """Give each circle its share of the area; among many values all circles would be specks, so all are larger."""
    often = float(percents.max()) >= NAMED
    largest, most = (LARGE, 100.0) if often else (SMALL, float(percents.max()))
    return [max(LEAST, largest * (percent / most) ** 0.5) for percent in percents]


def _marks(marks: pd.DataFrame, marker: Part) -> Part:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": marks["value"].tolist(),
        "y": marks["unit"].tolist(),
        "marker": {"opacity": 1, **marker},
        "customdata": [
            [mark, number(value, DIGITS)] for mark, value in zip(marks["mark"], marks["value"], strict=True)
        ],
        "hovertemplate": "unit %{y}<br>%{customdata[0]}: %{customdata[1]}<extra></extra>",
        "cliponaxis": False,
    }
