"""What each unit of the output gave: a row of circles a unit."""

from __future__ import annotations

import pandas as pd

from explorer.ui.pages.dropout.charts.style import VERMILLION, Figure, Part, axis, blue, frame, ink, number, paper

EVAL_OUTPUT = "eval output"
ROW = 33  # pixels a unit
AXIS = 66  # pixels below and above the units
LABELLED_FROM = 10  # percent of the calls: from there on a value's share is written beside it
MOST_LABELLED = 10  # values of a unit, at most, beside which there is room to write
LARGE, SMALL = 27.0, 18.0  # pixels: the circle of all calls; of the most frequent value where no value is frequent
LEAST = 3.0  # pixels: a smaller circle could not be seen
DIGITS = 5


def strip(
    table: pd.DataFrame,
    references: pd.DataFrame,
    domain: tuple[float, float],
    *,
    train: bool,
    dark: bool,
    noun: str = "unit",
) -> Figure:
    """Draw a circle at each value, its area the share of calls; the eval output as a tick, the mean as a diamond.

    table: unit, value, calls, percent. references: unit, value, name (EVAL_OUTPUT or another).
    noun: what one number of the output stands for.
    """
    units = sorted(table["unit"].unique(), key=int)
    evaluated = references["name"] == EVAL_OUTPUT
    tick = {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": ink(dark)}}
    diamond = {"symbol": "diamond", "size": 12, "color": paper(dark), "line": {"width": 2.5, "color": ink(dark)}}
    traces = [
        _circles(table, references, VERMILLION if train else blue(dark), noun),
        _reference_values(references[evaluated], tick, noun),
        _reference_values(references[~evaluated], diamond, noun),
    ]
    rows = {"type": "category", "categoryorder": "array", "categoryarray": units, "range": [len(units) - 0.5, -0.5]}
    return frame(
        traces,
        x=axis("output (no unit)", dark, range=list(domain), nticks=6),
        y=axis(noun, dark, **rows),
        height=ROW * len(units) + AXIS,
        dark=dark,
        hover="closest",
        legend=False,
    )


def _circles(table: pd.DataFrame, references: pd.DataFrame, hue: str, noun: str) -> Part:
    often = (table["percent"] >= LABELLED_FROM) & (table.groupby("unit")["value"].transform("size") <= MOST_LABELLED)
    # Away from the unit's other values, so that no share lies on the mean or on the eval output between them.
    middle = pd.concat([table[often], references]).groupby("unit")["value"].mean()
    left = table["value"] < table["unit"].map(middle)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": table["value"].tolist(),
        "y": table["unit"].tolist(),
        "marker": {
            "size": _diameters(table["percent"], bool(often.any())),
            "color": hue,
            "opacity": 0.8,
            "line": {"width": 0},
        },
        "text": [
            f"{percent:.3g} %" if labelled else "" for percent, labelled in zip(table["percent"], often, strict=True)
        ],
        "textposition": ["middle left" if side else "middle right" for side in left],
        "customdata": [
            [number(value, DIGITS), f"{percent:.3g}", f"{calls:,}"]
            for value, percent, calls in zip(table["value"], table["percent"], table["calls"], strict=True)
        ],
        "hovertemplate": f"{noun} %{{y}}<br>output: %{{customdata[0]}}<br>%{{customdata[1]}} % of the calls"
        " (%{customdata[2]})<extra></extra>",
        "cliponaxis": False,
    }


def _diameters(percents: pd.Series, often: bool) -> list[float]:
    """Give each circle its share of the area; among many values all circles would be specks, so all are larger."""
    largest, most = (LARGE, 100.0) if often else (SMALL, float(percents.max()))
    return [max(LEAST, largest * (percent / most) ** 0.5) for percent in percents]


def _reference_values(references: pd.DataFrame, marker: Part, noun: str) -> Part:
    """Draw the same marker at each of these values."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": references["value"].tolist(),
        "y": references["unit"].tolist(),
        "marker": {"opacity": 1, **marker},
        "customdata": [
            [name, number(value, DIGITS)] for name, value in zip(references["name"], references["value"], strict=True)
        ],
        "hovertemplate": f"{noun} %{{y}}<br>%{{customdata[0]}}: %{{customdata[1]}}<extra></extra>",
        "cliponaxis": False,
    }
