"""What a batch norm keeps of the batches it has seen, call by call."""

from __future__ import annotations

import pandas as pd

from explorer.ui.pages.dropout.charts import style
from explorer.ui.pages.dropout.charts.style import Figure, Part

# From the bottom up. Each is narrower than the one below it and hides only its middle, and that with gaps: lines that
# are equal are seen as two.
WIDTHS, DASHING = (8.0, 4.0, 2.0), (style.SOLID, style.DASHED, style.DOTTED)


def statistics(table: pd.DataFrame, title: str, *, height: int, dark: bool) -> Figure:
    """Draw a running statistic after each call, a line for each series and channel.

    table: call, value, series, channel.
    """
    hover_texts = _hover_texts(table)
    hues = (style.VERMILLION, style.GREEN, style.blue(dark))
    traces = []
    for index, series in enumerate(dict.fromkeys(table["series"])):
        line_style = {"width": WIDTHS[index], "dash": DASHING[index], "color": hues[index]}
        lines = table[table["series"] == series]
        for channel, line in lines.groupby("channel", sort=False):
            first = bool(channel == lines["channel"].iloc[0])
            traces.append(_line(line, series, hover_texts[channel], first) | {"line": line_style})
    return style.frame(
        traces,
        x=style.axis("calls made", dark, nticks=6, rangemode="tozero"),
        y=style.axis(title, dark),
        height=height,
        dark=dark,
        hover="closest",
    )


def _hover_texts(table: pd.DataFrame) -> dict[str, dict[int, str]]:
    """Return what hovering says, by channel and call: every series' value, as equal lines lie on each other."""
    texts: dict[str, dict[int, str]] = {}
    for channel, call, series, value in zip(
        table["channel"], table["call"], table["series"], table["value"], strict=True
    ):
        of_channel = texts.setdefault(channel, {})
        of_channel[call] = (
            f"{of_channel.get(call, f'channel {channel} after {call} calls')}<br>{series}: {style.number(value)}"
        )
    return texts


def _line(line: pd.DataFrame, series: str, hover_texts: dict[int, str], first: bool) -> Part:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": series,
        "x": line["call"].tolist(),
        "y": line["value"].tolist(),
        "legendgroup": series,
        "showlegend": first,  # one for all its channels
        "customdata": [[hover_texts[call]] for call in line["call"]],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
