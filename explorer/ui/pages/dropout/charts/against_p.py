"""The variance of the output against the dropout probability."""

from __future__ import annotations

from math import ceil, log10, sqrt

import pandas as pd

from explorer.ui.pages.dropout.charts import style
from explorer.ui.pages.dropout.charts.ranges import around, below, within
from explorer.ui.pages.dropout.charts.style import Figure, Part

STEPS = 6  # between the numbers on the axis, at most
DECADES = 6  # below the largest of them


def against_p(table: pd.DataFrame, curve: pd.DataFrame, *, height: int, dark: bool, noun: str = "unit") -> Figure:
    """Draw the variance against p, one marker a unit, with its 95 % interval; the closed form as dashed lines.

    table: unit, p, variance, low, high, the last two NaN where the calls are too few for an interval.
    curve: unit, p, variance. noun: what one number of the output stands for.
    Heights are square roots, which keep zero in the picture, and small variances apart; hovering gives the variances.
    """
    units = sorted(table["unit"].unique(), key=int)
    low, high = around(table.rename(columns={"variance": "value"}), [0.0])
    shown = (max(low, 0.0), high)
    drawn = within(table, shown)
    hues = (style.VERMILLION, style.blue(dark), style.GREEN, "#b1629a", "#8a7a00", "#808a96")
    traces: list[Part] = []
    for unit, hue, marker, dash in zip(units, hues, style.MARKERS, style.DASHES, strict=False):
        if len(curve):
            traces.append(_closed_form(curve[curve["unit"] == unit], f"{noun} {unit}", hue, dash))
        of_unit = table["unit"] == unit
        traces.append(_measured(table[of_unit], drawn[of_unit], f"{noun} {unit}", hue, marker))
    ticks = nice(shown[1])
    return style.frame(
        traces,
        x=style.axis(
            "dropout probability p", dark, range=[-0.02, 1], nticks=11, unifiedhovertitle={"text": "p = %{x:.4~g}"}
        ),
        y=style.axis(
            "variance of the output<br>(square root scale)",
            dark,
            range=below(*(_height(bound) for bound in shown)),
            tickvals=[_height(tick) for tick in ticks],
            ticktext=[style.number(tick) for tick in ticks],
        ),
        height=height,
        dark=dark,
        hover="x unified",
    )


def nice(most: float) -> list[float]:
    """Choose 0 and round numbers up to `most` whose square roots keep their distance."""
    apart = sqrt(most) / STEPS
    top = ceil(log10(most))
    chosen: list[float] = []
    for exponent in range(top, top - DECADES, -1):
        for digit in (5, 2, 1):
            tick = float(f"{digit}e{exponent}")
            room = sqrt(chosen[-1] if chosen else most) - sqrt(tick)
            if tick <= most and sqrt(tick) >= apart and (not chosen or room >= apart):
                chosen.append(tick)
    return [0.0, *reversed(chosen)]


def _height(variance: float) -> float:
    return sqrt(max(variance, 0.0))


def _measured(table: pd.DataFrame, drawn: pd.DataFrame, unit: str, hue: str, marker: str) -> Part:
    """Draw a unit's variances. unit: as "unit 0". drawn: the same rows, with intervals that a browser can draw."""
    heights = [_height(variance) for variance in table["variance"]]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": unit,
        "x": table["p"].tolist(),
        "y": heights,
        "marker": {"symbol": marker, "size": 11, "color": hue, "opacity": 1},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [_reach(high, height) for high, height in zip(drawn["high"], heights, strict=True)],
            "arrayminus": [_reach(low, height) for low, height in zip(drawn["low"], heights, strict=True)],
            "color": hue,
            "thickness": 2,
            "width": 4,
        },
        "legendgroup": unit,
        "customdata": [[_told(unit, *row)] for row in table[["variance", "low", "high"]].to_numpy()],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }


def _reach(end: float, height: float) -> float:
    """Return how far an interval goes from its marker; 0 where there is no interval."""
    return abs(_height(end) - height) if end == end else 0.0  # NaN equals nothing


def _told(unit: str, variance: float, low: float, high: float) -> str:
    """Return what hovering says of one marker."""
    told = f"{unit}: {style.number(variance)}"
    return told if low != low else f"{told}, 95 % interval from {style.number(low)} to {style.number(high)}"


def _closed_form(curve: pd.DataFrame, unit: str, hue: str, dash: str) -> Part:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"closed form of {unit}",
        "x": curve["p"].tolist(),
        "y": [_height(variance) for variance in curve["variance"]],
        "line": {"width": 2, "color": hue, "dash": dash},
        "legendgroup": unit,
        "showlegend": False,
        "customdata": [[style.number(variance)] for variance in curve["variance"]],
        "hovertemplate": f"{unit}, closed form: %{{customdata[0]}}<extra></extra>",
    }
