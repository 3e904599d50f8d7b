"""Charts: from plain tables to Altair, legible from the back row, in light and dark, without colour too.

Altair, because Streamlit draws it with the Vega it carries anyway: plotly's part alone would add 4.7 MB to the page.
The hues are those of Okabe and Ito that stand at least 3:1 against both backgrounds. Every series differs from the
others by dashes or marker as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

BLUE, VERMILLION, GREEN = "#0072b2", "#d55e00", "#009e73"
DARK_BLUE = "#56b4e9"  # instead of BLUE on a dark page
FONT = 15  # pixels, of every label
SOLID, DASHED, DOTTED = [1, 0], [8, 5], [2, 4]
MARKERS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
SHADE = 0.22  # opacity of a band
STRIP = 44  # pixels a unit


def strip(table: pd.DataFrame, marks: pd.DataFrame, domain: tuple[float, float], *, train: bool, dark: bool) -> Any:
    """What each unit gave: a circle at each value, its area the share of calls; mean and eval output as ticks.

    table: unit, value, percent. marks: unit, value, mark ("mean of the calls" or "eval output").
    """
    units = sorted(table["unit"].unique())
    y = alt.Y("unit:N", title="unit", sort=units, axis=alt.Axis(grid=True))
    x = alt.X("value:Q", title="output (no unit)", scale=alt.Scale(domain=domain, nice=False))
    bubbles = (
        alt.Chart(table)
        .mark_circle(opacity=0.75, color=VERMILLION if train else _blue(dark))
        .encode(
            x=x,
            y=y,
            size=alt.Size("percent:Q", scale=alt.Scale(domain=[0, 100], range=[6, 900]), legend=None),
            tooltip=[
                alt.Tooltip("unit:N"),
                alt.Tooltip("value:Q", title="output", format=".5g"),
                alt.Tooltip("percent:Q", title="% of calls", format=".3g"),
            ],
        )
    )
    ticks = (
        alt.Chart(marks)
        .mark_point(size=260, strokeWidth=2.5, filled=False)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape(
                "mark:N",
                scale=alt.Scale(domain=["eval output", "mean of the calls"], range=["stroke", "cross"]),
                legend=None,
            ),
            angle=alt.Angle(
                "mark:N", scale=alt.Scale(domain=["eval output", "mean of the calls"], range=[90, 45]), legend=None
            ),
            color=alt.value(ink(dark)),
            tooltip=[alt.Tooltip("mark:N", title="mark"), alt.Tooltip("value:Q", title="output", format=".5g")],
        )
    )
    return readable(alt.layer(bubbles, ticks).properties(height=STRIP * len(units)))


def convergence(
    table: pd.DataFrame, references: Sequence[tuple[str, float]], title: str, *, height: int, dark: bool
) -> Any:
    """A statistic against the number of calls, with its 95 % interval, and dashed reference lines.

    table: calls, value, low, high.
    """
    domain = ["train mode", *(name for name, _ in references)]
    x = alt.X("calls:Q", title="number of calls (logarithmic)", scale=alt.Scale(type="log", nice=False))
    y = alt.Y("value:Q", title=title, scale=alt.Scale(domain=_around(table, [value for _, value in references])))
    band = (
        alt.Chart(table)
        .mark_area(opacity=SHADE, color=VERMILLION, clip=True)
        .encode(x=x, y=alt.Y("low:Q", title=title), y2="high:Q")
    )
    line = alt.Chart(table.assign(series="train mode")).mark_line(strokeWidth=3, clip=True)
    rules = alt.Chart(
        pd.DataFrame(
            [
                {"calls": calls, "value": value, "series": name}
                for name, value in references
                for calls in (int(table["calls"].min()), int(table["calls"].max()))
            ],
            columns=["calls", "value", "series"],
        )
    ).mark_line(strokeWidth=3)
    styled = _styled(domain, [VERMILLION, _blue(dark), GREEN], [SOLID, DASHED, DOTTED])
    layers = [band, line.encode(x=x, y=y, tooltip=["calls:Q", "value:Q", "low:Q", "high:Q"], **styled)]
    if references:
        layers.append(rules.encode(x=x, y=y, **styled))
    return readable(alt.layer(*layers).properties(height=height))


def against_p(table: pd.DataFrame, curve: pd.DataFrame, *, height: int, dark: bool) -> Any:
    """The variance against p, one marker a unit, with its 95 % interval; the closed form as dashed lines.

    table: unit, p, variance, low, high. curve: unit, p, variance.
    """
    units = sorted(table["unit"].unique())
    shown = _around(table.rename(columns={"variance": "value"}), [0.0])
    x = alt.X("p:Q", title="dropout probability p", scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("variance:Q", title="variance of the output", scale=alt.Scale(domain=shown))
    hues = alt.Scale(domain=units, range=[VERMILLION, _blue(dark), GREEN, "#b1629a", "#8a7a00", "#808a96"])
    color = alt.Color("unit:N", title="unit", scale=hues, legend=_legend())
    points = alt.Chart(table).encode(x=x, color=color)
    layers = [
        points.mark_rule(strokeWidth=2, clip=True).encode(y=alt.Y("low:Q", title=""), y2="high:Q"),
        points.mark_point(size=110, filled=True, opacity=1, clip=True).encode(
            y=y,
            shape=alt.Shape("unit:N", title="unit", scale=alt.Scale(domain=units, range=list(MARKERS[: len(units)]))),
            tooltip=["unit:N", "p:Q", "variance:Q", "low:Q", "high:Q"],
        ),
    ]
    if len(curve):
        layers.append(
            alt.Chart(curve).mark_line(strokeWidth=2, strokeDash=DASHED, clip=True).encode(x=x, y=y, color=color)
        )
    return readable(alt.layer(*layers).properties(height=height))


def statistics(table: pd.DataFrame, title: str, *, height: int, dark: bool) -> Any:
    """A running statistic after each call, a line for each series. table: call, value, series, channel."""
    series = list(dict.fromkeys(table["series"]))
    styled = _styled(series, [VERMILLION, GREEN, _blue(dark)], [SOLID, DOTTED, DASHED])
    return readable(
        alt.Chart(table)
        .mark_line(strokeWidth=3)
        .encode(
            x=alt.X("call:Q", title="calls made", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False)),
            detail="channel:N",
            tooltip=["series:N", "channel:N", "call:Q", "value:Q"],
            **styled,
        )
        .properties(height=height)
    )


def readable(chart: Any) -> Any:
    """The same chart in letters for the back row."""
    return (
        chart.configure_axis(labelFontSize=FONT, titleFontSize=FONT, titlePadding=8, labelLimit=220, labelOverlap=True)
        .configure_legend(labelFontSize=FONT, titleFontSize=FONT, symbolStrokeWidth=3, labelLimit=400)
        .configure_view(strokeWidth=0)
    )


def ink(dark: bool) -> str:
    """The colour of marks that have no hue."""
    return "#e8ecf1" if dark else "#1b2430"


def _blue(dark: bool) -> str:
    return DARK_BLUE if dark else BLUE


def _legend() -> Any:
    return alt.Legend(orient="top", symbolSize=300)


def _styled(domain: list[str], hues: list[str], dashes: list[list[int]]) -> dict[str, Any]:
    """A hue and a dash pattern for each series."""
    count = len(domain)
    legend = alt.Legend(orient="top", title=None, symbolType="stroke", symbolSize=900, columns=1 if count > 3 else 3)
    return {
        "color": alt.Color("series:N", scale=alt.Scale(domain=domain, range=hues[:count]), legend=legend, title=None),
        "strokeDash": alt.StrokeDash(
            "series:N", scale=alt.Scale(domain=domain, range=dashes[:count]), legend=legend, title=None
        ),
    }


def _around(table: pd.DataFrame, more: Sequence[float]) -> tuple[float, float]:
    """Room for the values and the references; an interval over very few calls may leave the picture."""
    values = [*table["value"], *more, float(table["low"].iloc[-1]), float(table["high"].iloc[-1])]
    low, high = min(values), max(values)
    margin = 0.12 * (high - low) or abs(high) * 0.1 or 0.1
    return (low - margin if low < 0 or low - margin > 0 else 0.0, high + margin)
