"""The graph as rows of a table: an operation each, those inside a script below it."""

from __future__ import annotations

from explorer.drawing.forward_graph import shapes
from explorer.record import Graph, Node

INSIDE = "\u21b3 "  # ↳, before the name of an operation in a script


def operation_rows(graph: Graph) -> list[dict[str, str]]:
    """Return a row for each node, in order; after a script's, one for each operation inside it."""
    rows = []
    for node in graph.nodes:
        rows.append(_row(node, f"{node.module or 'outermost'} ({node.module_class})" if node.module_class else ""))
        inside = node.inside.nodes if node.inside is not None else ()
        rows += [
            _row(each, f"script {node.operation}", INSIDE) | {"in a hook": "yes" if node.in_hook else ""}
            for each in inside
            if each.kind == "operation"
        ]
    return rows


def _row(node: Node, home: str, indent: str = "") -> dict[str, str]:
    return {
        "operation": f"{indent}{node.operation}",
        "in module": home,
        "shapes in": shapes(node.inputs),
        "shapes out": shapes(node.outputs),
        "dispatched as": ", ".join(node.details),
        "in a hook": "yes" if node.in_hook else "",
    }
