"""A statistic over more and more calls, and how far its 95 % interval closes."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

import pandas as pd

from explorer.ui.pages.dropout.charts import style
from explorer.ui.pages.dropout.charts.ranges import around, below, within
from explorer.ui.pages.dropout.charts.style import Figure, Part

TRAIN = "train"
BAND = "rgba(213,94,0,0.22)"  # VERMILLION, and the page through it


def convergence(
    table: pd.DataFrame, references: Sequence[tuple[str, float]], statistic: str, *, height: int, dark: bool
) -> Figure:
    """Draw a statistic against the number of calls, with its 95 % interval where there is one, and dashed references.

    table: calls, value, low, high, the last two NaN where the calls are too few for an interval.
    """
    shown = around(table, [value for _, value in references])
    calls = table["calls"].tolist()
    styles = ((style.blue(dark), style.DASHED), (style.GREEN, style.DOTTED))
    with_interval = table.dropna()
    traces = [_band(within(with_interval, shown))] if len(with_interval) > 1 else []
    traces.append(_line(table))
    traces += [
        _reference(name, value, calls, hue, dash)
        for (name, value), (hue, dash) in zip(references, styles, strict=False)
    ]
    x = style.axis(
        "number of calls (logarithmic)",
        dark,
        type="log",
        range=[log10(min(calls)), log10(max(calls))],
        nticks=3,  # in between there is no room for numbers in full
        tickformat=",",
        unifiedhovertitle={"text": f"{statistic}, %{{x:,}} calls"},
    )
    return style.frame(
        traces,
        x=x,
        y=style.axis(f"{statistic} of the output", dark, range=below(*shown)),
        height=height,
        dark=dark,
        hover="x unified",
    )


def _band(table: pd.DataFrame) -> Part:
    """Fill the interval: along its upper ends, and back along its lower ones. The line has the hover text for both."""
    calls = table["calls"].tolist()
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "95 % interval",
        "x": calls + calls[::-1],
        "y": table["high"].tolist() + table["low"].tolist()[::-1],
        "fill": "toself",
        "fillcolor": BAND,
        "line": {"width": 0},
        "legendgroup": TRAIN,
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _line(table: pd.DataFrame) -> Part:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": TRAIN,
        "x": table["calls"].tolist(),
        "y": table["value"].tolist(),
        "line": {"width": 3, "color": style.VERMILLION, "dash": style.SOLID},
        "legendgroup": TRAIN,
        "customdata": [[_told(*row)] for row in table[["value", "low", "high"]].to_numpy()],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }


def _told(value: float, low: float, high: float) -> str:
    """Return what hovering says of one number of calls."""
    told = f"{TRAIN}: {style.number(value)}"
    if low != low:  # NaN
        return told
    return f"{told}<br>interval low: {style.number(low)}<br>interval high: {style.number(high)}"


def _reference(name: str, value: float, calls: list[int], hue: str, dash: str) -> Part:
    """Draw one value for all numbers of calls, with a point at each, so that hovering there gives it too."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": calls,
        "y": [value] * len(calls),
        "line": {"width": 3, "color": hue, "dash": dash},
        "legendgroup": name,
        "hovertemplate": f"{name}: {style.number(value)}<extra></extra>",
    }
