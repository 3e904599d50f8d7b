"""DOT in the project's style: fonts, colours, shapes and labels, for every graph that is drawn."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Literal

import graphviz

from explorer.drawing.palette import Paint, Palette
from explorer.drawing.render import FONT

Direction = Literal["TB", "LR"]
Shape = Literal["box", "ellipse", "octagon", "folder"]

NAME_SIZE = 17  # points
TEXT_SIZE = 14  # points; no text is smaller
LINE_LENGTH = 60  # characters
THIN, THICK = 1.6, 4  # points, of a line

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def new_digraph(colours: Palette, direction: Direction, prefix: str) -> graphviz.Digraph:
    """Return an empty directed graph.

    Raises ValueError for a direction or a prefix of element ids that cannot be used.
    """
    if direction not in ("TB", "LR"):
        raise ValueError(f"The direction is 'TB' or 'LR', not {direction!r}.")
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"The prefix is a letter, then letters, digits or '-', not {prefix!r}.")
    text = {"fontname": FONT, "fontsize": str(TEXT_SIZE), "fontcolor": colours.text}
    return graphviz.Digraph(
        graph_attr={
            **text,
            "id": prefix,
            "rankdir": direction,
            "bgcolor": colours.background,
            "nodesep": "0.3" if direction == "TB" else "0.15",  # inches between neighbours: side by side, or in rows
            "ranksep": "0.35",
            "pad": "0.1",
        },
        node_attr={**text, "shape": "box", "penwidth": str(THIN)},
        edge_attr={**text, "color": colours.edge, "penwidth": str(THIN), "arrowsize": "0.9"},
    )


def add_node(
    dot: graphviz.Digraph,
    name: str,
    element: str,
    lines: Sequence[str],
    paint: Paint,
    *,
    shape: Shape = "box",
    dashed: bool = False,
    double: bool = False,
    thick: bool = False,
) -> None:
    """Add a node whose first line is its name, in bold. element: its id in the SVG."""
    style = ["filled"]
    if shape == "box":
        style.append("rounded")
    if dashed:
        style.append("dashed")
    dot.node(
        name,
        label=label(lines),
        id=element,
        shape=shape,
        style=",".join(style),
        margin="0.16,0.08" if shape in ("box", "folder") else "0.06,0.04",
        peripheries="2" if double else "1",
        **({"penwidth": str(THICK)} if thick else {}),
        fillcolor=paint.fill,
        color=paint.line,
    )


def begin_frame(dot: graphviz.Digraph, name: str, element: str, title: str, line: str) -> None:
    """Begin a frame around what is added next, until `end_frame`.

    It is written line by line: `Digraph.subgraph` copies all that lies in it, once for each frame around it.

    element: its id in the SVG. line: its colour.
    """
    look = "labeljust=l style=rounded penwidth=1.2 margin=10"
    dot.body.append(f'\tsubgraph {name} {{\n\t\tgraph [label=<{escape(title)}> id="{element}" color="{line}" {look}]\n')


def end_frame(dot: graphviz.Digraph) -> None:
    """End the frame that was begun last."""
    dot.body.append("\t}\n")


def label(lines: Iterable[str]) -> str:
    """Return a label of several lines, the first one in bold, safe whatever the text holds."""
    first, *rest = [escape(line) for line in lines]
    bold = f'<B><FONT POINT-SIZE="{NAME_SIZE}">{first}</FONT></B>'
    return "<" + "<BR/>".join([bold, *rest]) + ">"


def escape(text: str) -> str:
    """Return text that is safe in an HTML-like label of Graphviz, which also expands `\\N`, `\\G` and others."""
    short = text if len(text) <= LINE_LENGTH else text[: LINE_LENGTH - 1] + "…"
    printable = "".join(character if character.isprintable() else " " for character in short)
    return html.escape(printable or " ").replace("\\", "\\\\")
