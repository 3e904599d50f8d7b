"""What a batch norm keeps of the batches it has seen, call by call."""

from __future__ import annotations

import pandas as pd

from explorer.ui.pages.dropout.charts.style import (
    DASHED,
    DOTTED,
    GREEN,
    SOLID,
    VERMILLION,
    Figure,
    Part,
    axis,
    blue,
    frame,
    number,
)

# From the bottom up. Each is narrower than the one below it and hides only its middle, and that with gaps: lines that
# are equal are seen as two.
WIDTHS, DASHING = (8.0, 4.0, 2.0), (SOLID, DASHED, DOTTED)


def statistics(table: pd.DataFrame, title: str, *, height: int, dark: bool) -> Figure:
    """Draw a running statistic after each call, a line for each series and channel.

    table: call, value, series, channel.
    """
    told = _told(table)
    hues = (VERMILLION, GREEN, blue(dark))
    traces = []
    for place, series in enumerate(dict.fromkeys(table["series"])):
        style = {"width": WIDTHS[place], "dash": DASHING[place], "color": hues[place]}
        lines = table[table["series"] == series]
        for channel, line in lines.groupby("channel", sort=False):
            first = bool(channel == lines["channel"].iloc[0])
            traces.append(_line(line, series, told[channel], first) | {"line": style})
    return frame(
        traces,
        x=axis("calls made", dark, nticks=6, rangemode="tozero"),
        y=axis(title, dark),
        height=height,
        dark=dark,
        hover="closest",
    )


def _told(table: pd.DataFrame) -> dict[str, dict[int, str]]:
    """Say, for each channel and call, what every series holds: equal lines lie on each other, and one is pointed at."""
    told: dict[str, dict[int, str]] = {}
    for channel, call, series, value in zip(
        table["channel"], table["call"], table["series"], table["value"], strict=True
    ):
        lines = told.setdefault(channel, {})
        lines[call] = f"{lines.get(call, f'channel {channel} after {call} calls')}<br>{series}: {number(value)}"
    return told


def _line(line: pd.DataFrame, series: str, told: dict[int, str], first: bool) -> Part:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": series,
        "x": line["call"].tolist(),
        "y": line["value"].tolist(),
        "legendgroup": series,
        "showlegend": first,  # one for all its channels
        "customdata": [[told[call]] for call in line["call"]],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
