"""What all figures have in common: hues, dashes, markers, letters, and the frame around the drawing.

The hues are those of Okabe and Ito that stand at least 3:1 against both backgrounds. Every series differs from the
others by dashes or marker as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

Figure = dict[str, Any]  # as plotly takes it
Part = dict[str, Any]  # of a figure: a trace, an axis

BLUE, VERMILLION, GREEN = "#0072b2", "#d55e00", "#009e73"
DARK_BLUE = "#56b4e9"  # instead of BLUE on a dark page
SOLID, DASHED, DOTTED = "solid", "10px,5px", "3px,4px"
DASHES = (DASHED, "10px,4px,3px,4px", DOTTED, "18px,5px", "18px,4px,3px,4px", "5px,3px")
MARKERS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
FONT = 16  # pixels, of every letter
PROJECTED = 27  # the room for a letter on a projector: its size at 1920 pixels, and projecting.css says which at others
PROJECTED_PAD = 44  # pixels: on a wide projector letters are twice as large, and plotly does not reckon with that
LETTERS = "'Source Sans', system-ui, sans-serif"  # as in .streamlit/config.toml
BUTTONS = 34  # pixels at the right: the column of buttons
PAD = 8  # pixels
LEAST_HEIGHT = 20  # pixels of a drawing, where its numbers need the rest


def frame(
    traces: Sequence[Part], *, x: Part, y: Part, height: int, dark: bool, hover: str, legend: bool = True
) -> Figure:
    """Put traces between their axes, with one legend above, one way to hover, and letters in the page's colours."""
    layout = {
        "height": height,
        "margin": {"l": PAD, "r": BUTTONS, "t": PAD, "b": PAD},
        "minreducedheight": LEAST_HEIGHT,  # a drawing this low still leaves its numbers room
        "font": {"family": LETTERS, "size": FONT, "color": ink(dark)},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": x,
        "yaxis": y,
        "showlegend": legend,
        "legend": {
            "orientation": "h",
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "itemwidth": 30,
            "tracegroupgap": 4,
        },
        "hovermode": hover,
        "hoverlabel": {
            "bgcolor": paper(dark),
            "bordercolor": ink(dark),
            "font": {"family": LETTERS, "size": FONT, "color": ink(dark)},
            "align": "left",
        },
        "dragmode": "zoom",
        # In a column of its own, so that it never lies on the figure.
        "modebar": {
            "orientation": "v",
            "bgcolor": "rgba(0,0,0,0)",
            "color": faint(dark),
            "activecolor": ink(dark),
        },
    }
    return {"data": list(traces), "layout": layout}


def axis(title: str, dark: bool, **more: Any) -> Part:
    """Describe an axis: its title, its grid, and whatever else this one needs."""
    return {
        "title": {"text": title, "standoff": PAD, "font": {"size": FONT}},
        "automargin": True,
        "gridcolor": grid(dark),
        "zeroline": False,
        "exponentformat": "e",
        "tickangle": 0,
        **more,
    }


def enlarged(figure: Figure) -> Figure:
    """Copy a figure, with letters for a projector, and room for them beside the numbers of the upright axis."""
    large = deepcopy(figure)
    for font in fonts(large):
        font["size"] = PROJECTED
    if "title" in large["layout"]["yaxis"]:
        large["layout"]["yaxis"]["title"]["standoff"] = PROJECTED_PAD
    return large


def fonts(part: Any) -> Iterator[Part]:
    """Find every font that a figure names with a size."""
    if isinstance(part, list):
        for one in part:
            yield from fonts(one)
    elif isinstance(part, dict):
        for name, one in part.items():
            if name == "font" and "size" in one:
                yield one
            else:
                yield from fonts(one)


def number(value: float, digits: int = 4) -> str:
    """Write a number as it is read: so many significant digits, and no exponent where it is short without."""
    if 10**digits <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value + 0.0:.{digits}g}"  # + 0.0 makes 0 of -0


def ink(dark: bool) -> str:
    """Name the colour of marks that have no hue."""
    return "#e8ecf1" if dark else "#1b2430"


def faint(dark: bool) -> str:
    """Name the colour of what is there to be found, and not to be looked at; still 4.5:1 against the page."""
    return "#98a3b0" if dark else "#5b6673"


def grid(dark: bool) -> str:
    """Name the colour of the lines behind the drawing."""
    return "#2f3741" if dark else "#dde2e8"


def paper(dark: bool) -> str:
    """Name the colour of the page."""
    return "#14181d" if dark else "#ffffff"


def blue(dark: bool) -> str:
    """Name the blue that stands out from the page."""
    return DARK_BLUE if dark else BLUE
