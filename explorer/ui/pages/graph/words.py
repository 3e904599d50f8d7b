"""Say what is in the graphs, each sentence chosen by what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from explorer.drawing.boxes import Box, Collapsed
from explorer.record import Graph, ModuleCall, Node, Observation
from explorer.record.autograd import ModeDifference
from explorer.wording import count, listed, times

MOST_LISTED = 4  # names in a sentence


def legend(seen: Collapsed) -> str:
    """Return what the shapes mean, as far as they occur."""
    meanings = {
        "Green box: one call of a module, with all it ran.": any(box.kind == "module" for box in seen.boxes),
        "Grey box: operations that ran one after the other.": any(box.kind == "group" for box in seen.boxes),
        "Blue box: one operation.": any(_is_plain(box) for box in seen.boxes),
        "Octagon: an operation that modifies its input in place.": any(box.in_place for box in seen.boxes),
        "Box with a thick edge: it raised.": any(box.raised for box in seen.boxes),
        "Dashed box: work inside a hook.": any(box.in_hook for box in seen.boxes),
        "Ellipse: input; doubled: output.": any(box.kind in ("input", "output") for box in seen.boxes),
    }
    return " ".join(meaning for meaning, occurs in meanings.items() if occurs)


def operations_inside(node: Node) -> int:
    """Return how many operations are in a script."""
    return sum(each.kind == "operation" for each in node.inside.nodes) if node.inside is not None else 0


def scripts_title(scripts: Sequence[Node]) -> str:
    """Return what the part with the graphs inside scripts is called."""
    inside = count(sum(map(operations_inside, scripts)), "operation")
    if len(scripts) == 1:
        return f"Inside `{scripts[0].operation}` (script): {inside}"
    return f"Inside the {len(scripts):,} scripts: {inside}"


def script_names(scripts: Mapping[str, Node]) -> Mapping[str, str]:
    """Return how each script is named in a list, by its node's id."""
    return {
        identity: f"{place}. {node.operation}{f' in {node.module}' if node.module else ''}: "
        + count(operations_inside(node), "operation")
        for place, (identity, node) in enumerate(scripts.items(), 1)
    }


def script_sentence(node: Node) -> str:
    """Return why a script is one box of the graph."""
    return (
        f"Python calls `{node.operation}` once, and is told of nothing in it: the script is no Python any more. "
        "torch runs these operations one after the other."
    )


def too_slow_sentence(functions: int) -> str:
    """Return why a graph of autograd is not drawn, though it is not too large for that."""
    return f"Graphviz takes too long to lay out these {count(functions, 'function')}, so they are counted below."


def silent_sentence(calls: Iterable[ModuleCall]) -> str:
    """Return a sentence on module calls that ran nothing; empty where there is none."""
    names = [f"`{call.module}` ({call.module_class})" for call in calls]
    if not names:
        return ""
    return f"Called, but ran no tensor operation, so not drawn: {listed(names, MOST_LISTED)}."


def raised_sentence(seen: Observation) -> str:
    """Return what the call raised, and in which of the operations drawn; empty where it returned."""
    error = seen.error
    if error is None:
        return ""
    at = [node for node in seen.graph.nodes if node.raised and node.steps[1] == error.step]
    where = f" in `{at[-1].operation}`" if at else ""
    drawn = " What is drawn ran up to there." if any(node.kind == "operation" for node in seen.graph.nodes) else ""
    return f"The call raised `{error.type}`{where}.{drawn}"


def ran_sentence(graph: Graph) -> str:
    """Return how many operations gave a result, and which raised."""
    operations = [node for node in graph.nodes if node.kind == "operation"]
    raised = [f"`{node.operation}`" for node in operations if node.raised]
    finished = count(len(operations) - len(raised), "operation")
    return f"{finished}, and {listed(raised)} raised" if raised else finished


def autograd_sentence(functions: int, leaves: int) -> str:
    """Return how many backward functions there are, those that add to a leaf's `.grad` too, as Compare counts them."""
    return f"{count(functions, 'function')}{f', {leaves:,} of them `AccumulateGrad`' if leaves else ''}"


def forward_difference(training: Graph, evaluation: Graph) -> tuple[str, ...]:
    """Return which operations only one mode ran, and in which modules."""
    ran = [Counter((node.operation, node.module) for node in graph.nodes) for graph in (training, evaluation)]
    return _only("ran", _by_operation(ran[0] - ran[1]), _by_operation(ran[1] - ran[0]))


def autograd_difference(difference: ModeDifference) -> tuple[str, ...]:
    """Return which backward functions only one mode recorded."""
    training, evaluation = (
        [f"`{name}`" + (f" ({times(number)})" if number > 1 else "") for name, number in side.items()]
        for side in (difference.only_training, difference.only_eval)
    )
    return _only("recorded", training, evaluation)


def dropout_sentence(training: Graph, evaluation: Graph, difference: ModeDifference) -> str:
    """Return what the multiplication is that only train mode records, where a dropout multiplied; else empty."""
    in_training, in_eval = _masked(training), _masked(evaluation)
    if in_training <= in_eval or "MulBackward0" not in difference.only_training:
        return ""
    calls = count(in_training, "dropout call")
    still = f"{in_eval:,} still {'does' if in_eval == 1 else 'do'}" if in_eval else "none does"  # a bare `F.dropout(x)`
    recorded = "which autograd, on the CPU, recorded as `MulBackward0`"
    return f"{calls} multiplied by a random mask, {recorded}. In eval mode {still}."


def _masked(graph: Graph) -> int:
    """Return how many dropouts multiplied."""
    return sum(
        "dropout" in node.operation and any(detail.startswith("aten.mul.") for detail in node.details)
        for node in graph.nodes
    )


def _only(verb: str, training: list[str], evaluation: list[str]) -> tuple[str, ...]:
    return tuple(
        f"Only {mode} mode {verb} {listed(names, MOST_LISTED)}."
        for mode, names in (("train", training), ("eval", evaluation))
        if names
    )


def _by_operation(ran: Counter[tuple[str, str]]) -> list[str]:
    """Return "`add_` in `bn1`, `bn2`", an entry for each operation."""
    modules: dict[str, list[str]] = {}
    for operation, module in ran:
        modules.setdefault(operation, []).append(f"`{module}`" if module else "the outermost module")
    return [f"`{operation}` in {listed(paths, MOST_LISTED)}" for operation, paths in modules.items()]


def _is_plain(box: Box) -> bool:
    return box.kind == "operation" and not (box.in_place or box.in_hook or box.raised)
