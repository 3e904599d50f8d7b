"""Draw the graph page: what ran, and beside it what autograd recorded of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, get_args

import streamlit as st

from explorer.drawing.autograd_graph import ACCUMULATE
from explorer.drawing.bounded_graph import bounded
from explorer.drawing.boxes import Depth
from explorer.drawing.dot import Direction
from explorer.drawing.picture import Drawing, FileKind
from explorer.experiment import Experiment
from explorer.record import Graph, Observation
from explorer.record.autograd import AutogradGraph
from explorer.ui.pages.graph import words
from explorer.ui.pages.graph.cached import (
    autograd_drawing,
    autograd_graph,
    current_theme,
    forward_drawing,
    mode_difference,
    whole_forward_dot,
)
from explorer.ui.pages.graph.component import show_graph
from explorer.ui.pages.graph.rows import operation_rows
from explorer.ui.pages.graph.scripts import draw_scripts
from explorer.ui.shell.observations import observation
from explorer.wording import count

DIRECTIONS: Mapping[str, Direction] = MappingProxyType({"down": "TB", "right": "LR"})
ROWS_DRAWN = 500  # of a table; a longer one scrolls in itself
NARROWEST = 0.4  # of the page's width, for a graph
FILES: Mapping[FileKind, str] = MappingProxyType(
    {
        "svg": "image/svg+xml",
        "png": "image/png",
        "pdf": "application/pdf",
        "dot": "text/vnd.graphviz",
    }
)


def draw_page(experiment: Experiment) -> None:
    """Draw the page of one run."""
    seen = observation(experiment)
    depth, direction = _head()
    forward, autograd = st.columns(_shares(experiment, seen, depth, direction), gap="medium")
    with forward:
        _forward(experiment, seen, depth, direction)
    with autograd:
        _autograd(experiment, direction)


def _head() -> tuple[Depth, Direction]:
    """Draw title and controls in one row, as the graph needs the height; return depth and direction."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="graph-head"
    ):
        st.title("The graph of this call", anchor=False, width="content")
        with st.container(horizontal=True, width="content"):
            depth = st.segmented_control(
                "Depth",
                get_args(Depth),
                default="operations",
                required=True,
                key="depth",
                bind="query-params",
                help="One box for each operation; for each call of a leaf module, with no other in it; "
                "or for each call of a top module, which is a direct child of the outermost one.",
            )
            direction = st.segmented_control(
                "Direction", tuple(DIRECTIONS), default="down", required=True, key="direction", bind="query-params"
            )
    return depth or "operations", DIRECTIONS[direction or "down"]


def _shares(experiment: Experiment, seen: Observation, depth: Depth, direction: Direction) -> list[float]:
    """Return how the two graphs divide the page: by their drawings' widths, as far as neither becomes a strip."""
    graph = autograd_graph(experiment)
    autograd = None if graph.empty_reason else autograd_drawing(experiment, current_theme(), direction)
    if autograd is None or not seen.graph.nodes:
        return [3, 1]  # a sentence stands in place of a graph
    if direction == "LR":  # neither fits beside the other, and what ran comes first
        return [3, 2]
    left = forward_drawing(experiment, depth, current_theme(), direction).width
    share = min(max(left / (left + autograd.width), NARROWEST), 1 - NARROWEST)
    return [share, 1 - share]


def _forward(experiment: Experiment, seen: Observation, depth: Depth, direction: Direction) -> None:
    operations = [node for node in seen.graph.nodes if node.kind == "operation"]
    st.markdown(f"## What ran: {words.ran_sentence(seen.graph)}")
    if seen.error is not None:
        st.warning(words.raised_sentence(seen))
    if not operations:
        st.info(f"`{seen.expression}` on `{seen.title}` ran no tensor operation: there is nothing to draw.")
        return
    drawing = forward_drawing(experiment, depth, current_theme(), direction)
    show_graph(drawing, view=f"{experiment}{depth}{direction}", key="forward_graph")
    collapsed = bounded(seen.graph, depth)
    st.caption(words.legend(collapsed))
    if drawing.folded:
        st.caption(drawing.folded)
    _list(*seen.notes, words.silent_sentence(collapsed.silent), *_forward_difference(experiment))
    whole = partial(whole_forward_dot, experiment, depth, current_theme(), direction) if drawing.folded else None
    _downloads(drawing, f"{experiment.model}-{depth}", whole)
    draw_scripts(experiment, seen.graph, direction)
    with st.expander("The same as a table"):
        rows = operation_rows(seen.graph)
        if len(rows) > ROWS_DRAWN:
            st.dataframe(rows, hide_index=True)  # which draws the rows in view alone
        else:
            st.table(rows)


def _autograd(experiment: Experiment, direction: Direction) -> None:
    graph = autograd_graph(experiment)
    leaves = graph.functions.count(ACCUMULATE)
    st.markdown(f"## Autograd: {words.autograd_sentence(len(graph.functions), leaves)}")
    if graph.empty_reason is not None:
        st.info(graph.empty_reason)
        return
    drawing = autograd_drawing(experiment, current_theme(), direction)
    if drawing is None:
        st.info(graph.too_large or words.too_slow_sentence(len(graph.functions)))
    else:
        show_graph(drawing, view=f"{experiment}{direction}", key="autograd_graph")
        st.caption(
            f"{count(leaves, 'tensor')} with a folded corner: `backward()`, walking against the arrows, "
            "adds to the `.grad` of each."
        )
    difference = mode_difference(experiment)
    _list(*words.autograd_difference(difference), words.dropout_sentence(*_both_modes(experiment), difference))
    if drawing is not None:
        _downloads(drawing, f"{experiment.model}-autograd")
    with st.expander("The same as a table"):
        st.table(_functions(graph))


def _list(*sentences: str) -> None:
    """Draw the sentences that are not empty, as a list."""
    lines = [f"- {sentence}" for sentence in sentences if sentence]
    if lines:
        st.markdown("\n".join(lines))


def _forward_difference(experiment: Experiment) -> tuple[str, ...]:
    return words.forward_difference(*_both_modes(experiment))


def _both_modes(experiment: Experiment) -> tuple[Graph, Graph]:
    """Return what ran in train mode, and in eval mode."""
    training, evaluation = (observation(replace(experiment, training=mode)) for mode in (True, False))
    return training.graph, evaluation.graph


def _downloads(drawing: Drawing, name: str, whole: Callable[[], bytes] | None = None) -> None:
    """Draw a button for each kind of file; the file is made when its button is pressed.

    whole: makes the DOT of the graph that the drawing shows folded.
    """
    with st.container(horizontal=True, gap="small"):
        for kind, mime in FILES.items():
            st.download_button(
                kind.upper(),
                partial(drawing.file, kind),
                f"{name}.{kind}",
                mime,
                key=f"{name}.{kind}",
                on_click="ignore",
                icon=":material/download:",
                help=f"Save this graph as {kind.upper()}",
            )
        if whole is not None:
            st.download_button(
                "DOT, whole",
                whole,
                f"{name}-whole.dot",
                FILES["dot"],
                key=f"{name}-whole.dot",
                on_click="ignore",
                icon=":material/download:",
                help="Save the graph with all its boxes and links. Graphviz may take hours to lay it out.",
            )


def _functions(graph: AutogradGraph) -> list[dict[str, Any]]:
    return [{"backward function": name, "how many": count} for name, count in Counter(graph.functions).items()]
