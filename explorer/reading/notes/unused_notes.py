"""Say which operations gave something that went nowhere.

Only what the record proves: no operation and no output took what the operation gave, it wrote into nothing, and
Python threw it away: it was the value of a statement of its own, or of a name that no statement mentions afterwards.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from inspect import isgetsetdescriptor
from types import MappingProxyType
from typing import Literal

import torch

from explorer.reading.notes.places import Place, place_of
from explorer.reading.notes.run_index import RunIndex
from explorer.record import Frame, Node, Step
from explorer.runtime.torch_private.schemas import writes_into_arguments
from explorer.torch_source.files import is_torch_file
from explorer.torch_source.function_source import FunctionSource
from explorer.torch_source.headers import evaluated
from explorer.torch_source.syntax import name_of
from explorer.wording import count

NOTES_AT_MOST = 3
# The names of the operations that operators run, where a statement has calls besides.
OPERATORS: Mapping[type[ast.operator], str] = MappingProxyType(
    {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Pow: "pow"}
)
# The attributes of tensors that are computed when they are read.
COMPUTED = frozenset(name for name, each in vars(torch.Tensor.__base__).items() if isgetsetdescriptor(each))
Fate = Literal["gone", "returned"]  # of a value, in the frame that has it


def unused_outputs(run: RunIndex) -> Iterator[str]:
    """Yield a note for each operation whose output goes nowhere."""
    graph = run.observation.graph
    experiment = run.observation.experiment
    if run.observation.error is not None or (experiment is not None and experiment.entry_mode != "eager"):
        return  # what an exception cut short may have been on its way somewhere; compiled code has no statements
    if any(each.kind in ("gap", "thread", "handed over") for each in run.observation.unrecorded):
        return  # another thread may have taken it, or a statement that was not recorded
    taken = {edge.source for edge in graph.edges}
    found: dict[str, tuple[Node, Place]] = {}
    for node in graph.nodes:
        if node.kind == "operation" and node.outputs and node.id not in taken and _only_computes(node):
            place = _thrown_away(run, node)
            if place is not None:
                found.setdefault(place.text, (node, place))
    for text, (node, _) in list(found.items())[:NOTES_AT_MOST]:
        yield f"The output of `{node.operation}` goes nowhere: after {text}, nothing takes it."
    if len(found) > NOTES_AT_MOST:
        yield f"So do those of {count(len(found) - NOTES_AT_MOST, 'more operation')}."


def _only_computes(node: Node) -> bool:
    """Return whether an operation is torch's own, and writes into no tensor that it is given."""
    if node.raised or not all(name.startswith("aten.") and not name.endswith("out") for name in node.details):
        return False
    writes = writes_into_arguments(node.operation)
    return not writes if writes is not None else not any(map(writes_into_arguments, map(_operator, node.details)))


def _operator(detail: str) -> str:
    """Return "add_" for "aten.add_.Tensor"."""
    return detail.split(".")[1]


def _thrown_away(run: RunIndex, node: Node) -> Place | None:
    """Return the statement after which what a node gave is gone; None where the record does not prove that."""
    step, callee = run.steps[node.steps[1]], None
    for frame, at in run.way_to(step):
        source = run.source(frame)
        statement = source.statement_at(at.line) if source is not None and at.kind == "statement" else None
        if frame.role != "call path":
            if source is None or statement is None or len(source.statements_at(at.line)) != 1:
                return None
            if not _is_value_of(statement, node, callee):
                return None
        fate: Fate | None = "returned" if isinstance(statement, ast.Return) else None
        if isinstance(statement, ast.Expr):
            fate = "gone"
        elif isinstance(statement, ast.Assign) and source is not None:
            fate = _fate_of_name(run, source, statement, at)
        if fate != "returned":
            return place_of(frame, at) if fate == "gone" and not is_torch_file(frame.file) else None
        callee = frame
    return None


def _is_value_of(statement: ast.stmt, node: Node, callee: Frame | None) -> bool:
    """Return whether the value of a statement is what the operation, or the function around it, gave."""
    if callee is not None and callee.entry != "called":  # a property, say, whose value is passed on to something else
        return False
    parts = [inner for part in evaluated(statement) for inner in ast.walk(part)]
    calls = [inner for inner in parts if isinstance(inner, ast.Call)]
    # A call that may keep what it is given, as `found.append(x + 1)` does, is not what computed it.
    computes = callee is None and any(map(_may_compute, parts))
    operators = {OPERATORS.get(type(part.op)) for part in parts if isinstance(part, ast.BinOp) and callee is None}
    name = node.operation if callee is None else _called(callee)
    for value in _sides(getattr(statement, "value", None)):
        if isinstance(value, ast.Call):
            named = [call for call in calls if name_of(call.func) == name]
            if (named == [value] and name not in operators) or (calls == [value] and not computes):
                return True
        elif isinstance(value, ast.BinOp) and callee is None:
            operator = OPERATORS.get(type(value.op))
            if not calls or (operator == name and not any(name_of(call.func) == name for call in calls)):
                return True
    return False


def _may_compute(part: ast.AST) -> bool:
    """Return whether an expression that is no call may run an operation of torch's: `x + 1`, `x[0]`, `x.T`."""
    operators = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript)
    return isinstance(part, operators) or (isinstance(part, ast.Attribute) and part.attr in COMPUTED)


def _sides(value: ast.expr | None) -> list[ast.expr]:
    """Return both sides of a conditional expression; any other expression itself."""
    if isinstance(value, ast.IfExp):
        return [*_sides(value.body), *_sides(value.orelse)]
    return [value] if value is not None else []


def _called(callee: Frame) -> str:
    path = callee.module if callee.role in ("call path", "forward") else None
    return (path or callee.function).rpartition(".")[2]


def _fate_of_name(run: RunIndex, source: FunctionSource, statement: ast.Assign, at: Step) -> Fate | None:
    """Return "gone" where no statement that ran afterwards in the frame mentions the names that were assigned.

    "returned" where the first that does returns one of them. None where the record proves neither.
    """
    names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
    if len(names) != len(statement.targets) or names & source.shared_names or at.frame is None:
        return None
    mentions = run.mentions(run.frames[at.frame])
    step = mentions.first_after(names, at)
    if mentions.is_unclear(at, step):
        return None
    if step is None:
        return "gone"
    ending, later = source.statement_at(step.line), mentions.statements[step.line]
    if isinstance(ending, ast.Return) and isinstance(ending.value, ast.Name):
        return "returned"
    return "gone" if set(later.binds or ()) >= names and not _reads(source, step.line, names) else None


def _reads(source: FunctionSource, line: int, names: set[str]) -> bool:
    nodes = [node for each in source.statements_at(line) for part in evaluated(each) for node in ast.walk(part)]
    return any(isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names for node in nodes)
