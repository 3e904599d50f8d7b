"""Make rows for tables of what came of two runs and of the statements that only one of them ran."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.measure.outcomes import Outcomes
from explorer.measure.timing import Timing
from explorer.reading.compare import Comparison
from explorer.reading.compare.one_side import Ran
from explorer.record import Backward, ModuleCall, Observation
from explorer.ui.pages.compare.difference_words import capitalized
from explorer.ui.pages.compare.result_words import fired, hook_words, per_call
from explorer.ui.player.payload import display_path
from explorer.ui.shell.markdown import code, escaped
from explorer.wording import times

LISTED = 6  # names in a cell
NOTHING = "none"
TableRow = dict[str, str]


def results(comparison: Comparison, measured: Outcomes, timing: Timing | None) -> list[TableRow]:
    """Return the rows on what came of each run; apart from results, what is equal on both sides is left out."""
    left, right = comparison.left, comparison.right
    rows = [
        _row("Output", _output(left), _output(right)),
        _row("Its `grad_fn`", _grad_fn(left), _grad_fn(right)),
        _row("Backward functions", f"{measured.left_functions:,}", f"{measured.right_functions:,}"),
    ]
    if measured.only_left or measured.only_right:
        rows.append(_row("…only here", _counted(measured.only_left), _counted(measured.only_right)))
    rows.append(_row("Statements", _statements(left), _statements(right)))
    rows.append(_row("Calls of modules", f"{left.module_calls:,}", f"{right.module_calls:,}"))
    if any(comparison.calls):
        rows.append(_row("…only here", *(_named([_call(call) for call in calls]) for calls in comparison.calls)))
    for counts in comparison.hooks:
        rows.append(
            _row(
                capitalized(hook_words(counts.hook)),
                *map(_fired, (counts.left, counts.right), counts.may_have_run_unseen),
            )
        )
    if left.changed_buffers or right.changed_buffers:
        rows.append(_row("Buffers that changed", _changed_buffers(left), _changed_buffers(right)))
    rows += _backward(left, right)
    if any(comparison.notes):
        rows.append(_row("Worth seeing", *(" ".join(notes) for notes in comparison.notes)))
    if timing is not None:
        rows.append(_row("Time per call", per_call(timing.left), per_call(timing.right)))
    return rows


def statements(comparison: Comparison) -> list[TableRow]:
    """Return the statements that only one side ran, the left's first."""
    return [
        {
            "only on the": side,
            "statement": code(ran.text),
            "in": f"{code(ran.function)} {escaped(_location(ran))}",
            "times": f"{ran.times:,}",
        }
        for side, found in zip(("left", "right"), comparison.statements, strict=True)
        for ran in found
    ]


def _row(what: str, left: str, right: str) -> TableRow:
    return {"what": what, "left": left or NOTHING, "right": right or NOTHING}


def _output(run: Observation) -> str:
    if run.error is not None:
        return f"raised {code(run.error.type)}: {escaped(run.error.message)}"
    return escaped(run.output.text) if run.output is not None else ""


def _grad_fn(run: Observation) -> str:
    facts = run.output.tensor if run.output is not None else None
    return code(facts.grad_fn) if facts is not None and facts.grad_fn is not None else ""


def _counted(functions: Mapping[str, int]) -> str:
    return _named([f"{code(name)}{f' ({times(number)})' if number > 1 else ''}" for name, number in functions.items()])


def _statements(run: Observation) -> str:
    return f"{sum(step.kind == 'statement' for step in run.trace.steps):,}"


def _call(call: ModuleCall) -> str:
    name = code(call.module) if call.module else "the outermost"
    return name if call.number == 1 else f"{name} (call {call.number})"


def _fired(runs: int | None, unseen: bool) -> str:
    return "not registered" if runs is None else fired(runs, unseen)


def _changed_buffers(run: Observation) -> str:
    return _named([code(buffer.name) for buffer in run.changed_buffers])


def _backward(left: Observation, right: Observation) -> list[TableRow]:
    """Return the rows on what `backward()` left behind, where a side called it."""
    if left.backward is None and right.backward is None:
        return []
    rows = [_row("`backward()`", _gradients(left.backward), _gradients(right.backward))]
    norms = [
        {gradient.name: gradient.norm for gradient in run.backward.gradients} if run.backward else {}
        for run in (left, right)
    ]
    differing = [name for name in norms[0] if name in norms[1] and norms[0][name] != norms[1][name]]
    if differing:
        texts = ([f"{code(name)} {_norm(side[name])}" for name in differing] for side in norms)
        rows.append(_row("…gradients of another norm", *map(_named, texts)))
    return rows


def _gradients(backward: Backward | None) -> str:
    if backward is None:
        return "was not made"
    if backward.reason is not None:
        return backward.reason
    if backward.error is not None:
        return f"raised {code(backward.error.type)}: {escaped(backward.error.message)}"
    return f"gave {backward.reached} of {len(backward.gradients)} parameters a gradient"


def _norm(norm: float | str | None) -> str:
    return f"{norm:.4g}" if isinstance(norm, float) else str(norm)


def _named(names: list[str]) -> str:
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more:,} more" if more > 0 else "")


def _location(ran: Ran) -> str:
    lines = f"line {ran.first}" if ran.first == ran.last else f"lines {ran.first} to {ran.last}"
    return f"{display_path(ran.file)}, {lines}"
