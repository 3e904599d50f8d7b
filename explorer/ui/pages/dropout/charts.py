"""Charts: from plain tables to Altair, legible from the back row, in light and dark, without colour too.

Altair, because Streamlit draws it with the Vega it carries anyway: plotly's part alone would add 4.7 MB to the page.
The hues are those of Okabe and Ito that stand at least 3:1 against both backgrounds. Every series differs from the
others by dashes or marker as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd

BLUE, VERMILLION, GREEN = "#0072b2", "#d55e00", "#009e73"
DARK_BLUE = "#56b4e9"  # instead of BLUE on a dark page
FONT = 16  # pixels, of every label
PROJECTED = alt.ExprRef("max(22, 0.014 * windowSize()[0])")  # as projecting.css has it
SOLID, DASHED, DOTTED = [1, 0], [8, 5], [2, 4]
MARKERS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
SHADE = 0.22  # opacity of a band
STRIP = 33  # pixels a unit
AXIS = 58  # pixels below and above the units
NAMED = 10  # percent of the calls from which on a value's share is written beside it
BEYOND = 20  # heights of the picture: so far above and below it a band is drawn, and cut off at its edge
BESIDE = 15  # pixels from a circle's middle to its share
EVAL_OUTPUT = "eval output"


def strip(table: pd.DataFrame, marks: pd.DataFrame, domain: tuple[float, float], *, train: bool, dark: bool) -> Any:
    """What each unit gave: a circle at each value, its area the share of calls; the eval output
    as a tick, the mean of the calls as a diamond.

    table: unit, value, percent. marks: unit, value, mark (EVAL_OUTPUT or another).
    """
    units = sorted(table["unit"].unique(), key=int)
    y = alt.Y("unit:N", title="unit", sort=units, axis=alt.Axis(grid=True))
    x = alt.X(
        "value:Q", title="output (no unit)", scale=alt.Scale(domain=domain, nice=True), axis=alt.Axis(tickCount=6)
    )
    tip = alt.Tooltip("value:Q", title="output", format=".5g")
    bubbles = alt.Chart(table).mark_circle(opacity=0.8, color=VERMILLION if train else _blue(dark))
    often = table[table["percent"] >= NAMED]
    most = 100 if len(often) else float(table["percent"].max())  # many values: all circles would be specks
    size = alt.Size("percent:Q", scale=alt.Scale(domain=[0, most], range=[8, 750 if len(often) else 320]), legend=None)
    shares = often.assign(share=[f"{percent:.3g} %" for percent in often["percent"]])
    # Away from the unit's other values, so that no share lies on the mean or on the eval output between them.
    left = shares["value"] < shares.groupby("unit")["value"].transform("mean")
    sides: tuple[tuple[pd.DataFrame, Literal["left", "right"], int], ...]
    sides = ((shares[left], "right", -BESIDE), (shares[~left], "left", BESIDE))
    layers = [
        bubbles.encode(x=x, y=y, size=size, tooltip=["unit:N", tip, alt.Tooltip("percent:Q", title="% of calls")]),
        alt.Chart(marks[marks["mark"] == EVAL_OUTPUT])
        .mark_tick(thickness=3, size=STRIP - 8, color=ink(dark))
        .encode(x=x, y=y, tooltip=["mark:N", tip]),
        alt.Chart(marks[marks["mark"] != EVAL_OUTPUT])
        .mark_point(shape="diamond", size=170, strokeWidth=2.5, stroke=ink(dark), fill=paper(dark), opacity=1)
        .encode(x=x, y=y, tooltip=["mark:N", tip]),
        *(
            alt.Chart(part)
            .mark_text(align=align, dx=away, baseline="middle", fontSize=FONT, color=ink(dark))
            .encode(x=x, y=y, text="share:N")
            for part, align, away in sides
        ),
    ]
    return readable(alt.layer(*layers).properties(height=STRIP * len(units) + AXIS), dark)


def convergence(
    table: pd.DataFrame, references: Sequence[tuple[str, float]], title: str, *, height: int, dark: bool
) -> Any:
    """A statistic against the number of calls, with its 95 % interval, and dashed reference lines.

    table: calls, value, low, high.
    """
    domain = ["train mode", *(name for name, _ in references)]
    x = alt.X("calls:Q", title="number of calls (logarithmic)", scale=alt.Scale(type="log", nice=False))
    shown = _around(table, [value for _, value in references])
    y = alt.Y("value:Q", title=title, scale=alt.Scale(domain=shown, zero=False))
    band = (
        alt.Chart(_within(table, shown))
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
    return readable(alt.layer(*layers).properties(height=height), dark)


def against_p(table: pd.DataFrame, curve: pd.DataFrame, *, height: int, dark: bool) -> Any:
    """The variance against p, one marker a unit, with its 95 % interval; the closed form as dashed lines.

    table: unit, p, variance, low, high. curve: unit, p, variance.
    """
    units = sorted(table["unit"].unique(), key=int)
    shown = _around(table.rename(columns={"variance": "value"}), [0.0])
    x = alt.X("p:Q", title="dropout probability p", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=10))
    # The square root keeps zero in the picture, and small variances apart.
    scale = alt.Scale(type="sqrt", domain=shown, nice=False)
    y = alt.Y("variance:Q", title="variance of the output (square root scale)", scale=scale)
    hues = alt.Scale(domain=units, range=[VERMILLION, _blue(dark), GREEN, "#b1629a", "#8a7a00", "#808a96"])
    color = alt.Color("unit:N", title="unit", scale=hues, legend=_legend())
    bars = alt.Chart(_within(table, shown)).mark_rule(strokeWidth=2, clip=True)
    layers = [
        bars.encode(x=x, color=color, y=alt.Y("low:Q", title=""), y2="high:Q"),
        alt.Chart(table)
        .mark_point(size=110, filled=True, opacity=1, clip=True)
        .encode(
            x=x,
            color=color,
            y=y,
            shape=alt.Shape("unit:N", title="unit", scale=alt.Scale(domain=units, range=list(MARKERS[: len(units)]))),
            tooltip=["unit:N", "p:Q", "variance:Q", "low:Q", "high:Q"],
        ),
    ]
    if len(curve):
        layers.append(
            alt.Chart(curve).mark_line(strokeWidth=2, strokeDash=DASHED, clip=True).encode(x=x, y=y, color=color)
        )
    return readable(alt.layer(*layers).properties(height=height), dark)


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
        .properties(height=height),
        dark,
    )


def readable(chart: Any, dark: bool) -> Any:
    """The same chart in letters for the back row."""
    return (
        chart.configure_axis(
            labelFontSize=FONT,
            titleFontSize=FONT,
            labelColor=ink(dark),
            titleColor=ink(dark),
            titlePadding=8,
            labelLimit=220,
            labelOverlap=True,
            labelFlush=False,  # every label at its own place, the first and the last too
        )
        .configure_legend(
            labelFontSize=FONT,
            titleFontSize=FONT,
            labelColor=ink(dark),
            titleColor=ink(dark),
            symbolStrokeWidth=3,
            labelLimit=400,
        )
        .configure_view(strokeWidth=0)
    )


def enlarged(chart: Any) -> Any:
    """A copy of a `readable` chart in letters for a projector."""
    large = chart.copy(deep=True)
    for part in (large.config.axis, large.config.legend):
        part.labelFontSize = part.titleFontSize = PROJECTED
    for layer in large.layer if isinstance(large, alt.LayerChart) else ():
        if layer.mark.type == "text":
            layer.mark.fontSize = PROJECTED
    return large


def ink(dark: bool) -> str:
    """The colour of marks that have no hue."""
    return "#e8ecf1" if dark else "#1b2430"


def paper(dark: bool) -> str:
    """The colour of the page."""
    return "#14181d" if dark else "#ffffff"


def _blue(dark: bool) -> str:
    return DARK_BLUE if dark else BLUE


def _legend() -> Any:
    return alt.Legend(orient="top", symbolSize=300, titleOrient="left")


def _styled(domain: list[str], hues: list[str], dashes: list[list[int]]) -> dict[str, Any]:
    """A hue and a dash pattern for each series."""
    count = len(domain)
    legend = alt.Legend(
        orient="top",
        title=None,
        symbolType="stroke",
        symbolSize=900 if count < 3 else 450,  # three names stand beside each other in half of a small window
        columnPadding=10,
        columns=1 if count > 3 else 3,
    )
    return {
        "color": alt.Color("series:N", scale=alt.Scale(domain=domain, range=hues[:count]), legend=legend, title=None),
        "strokeDash": alt.StrokeDash(
            "series:N", scale=alt.Scale(domain=domain, range=dashes[:count]), legend=legend, title=None
        ),
    }


def _within(table: pd.DataFrame, shown: tuple[float, float]) -> pd.DataFrame:
    """The same intervals, but none that ends far outside the picture: a browser draws no path to 1e40 pixels."""
    far = BEYOND * (shown[1] - shown[0])
    bounds = (shown[0] - far, shown[1] + far)
    return table.assign(low=table["low"].clip(*bounds), high=table["high"].clip(*bounds))


def _around(table: pd.DataFrame, more: Sequence[float]) -> tuple[float, float]:
    """Room for the values and the references; an interval over very few calls may leave the picture."""
    values = [*table["value"], *more, float(table["low"].iloc[-1]), float(table["high"].iloc[-1])]
    low, high = min(values), max(values)
    margin = 0.12 * (high - low) or abs(high) * 0.1 or 0.1
    return (low - margin if low < 0 or low - margin > 0 else 0.0, high + margin)
