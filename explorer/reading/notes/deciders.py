"""What decided that an operation drew at random: a module's flag, an argument that was passed, or nothing at all.

That it drew is measured. Who decided is read from the statements that ran on the way to it, from the innermost frame
outwards: the value passed for a parameter named `training`, and the `if`s that the statement stands in or got past.
A module's flag is named only where the record has its value.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from explorer.reading.notes.passed_arguments import passed_for
from explorer.reading.notes.reached_statement import Reached, reached
from explorer.reading.notes.run_index import RunIndex
from explorer.record import Frame, ModuleCall, Node, ScriptTraining
from explorer.runtime.torch_private.schemas import SWITCHES, switch_of
from explorer.torch_source.function_source import (
    Branch,
    argument_of,
    calls_in,
    is_negated,
)
from explorer.torch_source.headers import evaluated
from explorer.torch_source.syntax import name_of

DEPTH = 4  # how many assignments a value is followed back through


How = Literal["flag", "script", "default", "passed", "given", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What decided that an operation drew.

    A module's flag; a constant True in a script; an argument that was not passed, was passed as the text says, or was
    given in a way that the source does not tell; nothing; or it is not known, for lack of source.
    """

    how: How
    call: ModuleCall | None = None  # of the module whose flag it was
    function: str = ""  # what drew, as a caller names it
    parameter: str = ""  # of that function, where an argument decided
    text: str = ""  # the argument, as the source has it
    script: ScriptTraining | None = None  # where a script decided: what it passes for `training`
    training: bool | None = None  # and its own flag


def decision_on(run: RunIndex, node: Node) -> Decision:
    """Return what decided that an operation drew."""
    return _Search(run, node).decision()


class _Search:
    def __init__(self, run: RunIndex, node: Node) -> None:
        self._run, self._node = run, node
        self._way = run.way_to(run.steps[node.steps[0]])
        self._builtin = node.operation  # what drew, as its caller names it
        self._all_read = True  # whether the source of each frame on the way was there
        self._found: Decision | None = None  # what the innermost call says, unless a flag further out decides

    def decision(self) -> Decision:
        script = self._script()
        if script is not None:
            return script
        callee: Frame | None = None
        wanted: str | None = None  # the parameter of the callee that decides
        crossed = False  # whether the innermost module's own `forward` has been looked at
        for frame, step in self._way:
            if frame.role == "call path":
                continue
            place = reached(self._run, frame, step)
            if place is None:
                self._all_read = False
                if callee is not None and wanted is not None:
                    self._found = self._found or Decision("given", None, _called(callee), wanted)
                callee, wanted = frame, None
                continue
            crossed = crossed or (callee is not None and callee.role == "forward")
            calls = self._calls(place, callee)
            roots = self._roots(place, calls, callee, wanted)
            anchor = calls[0] if len(calls) == 1 else place.statement
            outcome = self._judge(place, anchor, roots, crossed=crossed)
            if isinstance(outcome, Decision):
                return outcome
            if outcome is not None:
                self._found = None  # what was passed for that parameter says more
            callee, wanted = frame, outcome
        return self._found or Decision("none" if self._all_read else "unknown", function=self._builtin)

    def _script(self) -> Decision | None:
        """Return what decided inside a script, of which no line runs in Python; None outside of one."""
        node = self._node
        if node.script is None:
            return None
        call = self._run.calls[node.call] if node.call is not None else None
        if call is not None and call.script is None:  # not the script's own: its `forward` was called past that
            call = None
        if node.script == "flag" and node.training:
            return Decision("flag" if call is not None else "script", call, node.operation, script=node.script)
        how: How = "unknown" if node.script in ("flag", "neither") else "script"
        return Decision(how, call, node.operation, script=node.script, training=node.training)

    def _calls(self, place: Reached, callee: Frame | None) -> list[ast.Call]:
        """Return the calls in a statement that may be of the callee. callee: None for the builtin that drew."""
        if callee is None:
            return calls_in(place.statement, self._node.operation)
        name = callee.module or "" if callee.role == "forward" else callee.function
        return calls_in(place.statement, name.rpartition(".")[2])

    def _roots(self, place: Reached, calls: list[ast.Call], callee: Frame | None, wanted: str | None) -> list[ast.AST]:
        """Return the expressions that say whether to draw, of a statement; [] where it says nothing of it."""
        if callee is None:
            return self._roots_of_builtin(place, calls)
        if wanted is None:
            return []
        if self._run.source(callee) is None:
            return []
        try:
            (call,) = calls
            passed = passed_for(self._run, place.frame, call, callee, wanted)
        except (LookupError, ValueError):  # the text does not say
            self._found = self._found or Decision("given", None, _called(callee), wanted)
            return []
        if passed is None:
            self._found = self._found or Decision("default", None, _called(callee), wanted)
            return []
        self._found = self._found or Decision("passed", None, _called(callee), wanted, ast.unparse(passed))
        return [passed]

    def _roots_of_builtin(self, place: Reached, calls: list[ast.Call]) -> list[ast.AST]:
        """Return what the builtin that drew was passed for the argument that decides, or its whole statement."""
        if len(calls) != 1 or name_of(calls[0].func) != self._node.operation:
            # An operator; or a function that was not traced, and that drew.
            self._all_read = self._all_read and not calls
            return list(evaluated(place.statement))
        self._builtin, switch = ast.unparse(calls[0].func), switch_of(self._node.operation)
        try:
            passed = argument_of(calls[0], *switch) if switch is not None else None
        except LookupError:
            passed = None
        if switch is None or passed is None:
            return [calls[0]]
        self._found = Decision("passed", None, self._builtin, switch[0], ast.unparse(passed))
        return [passed]

    def _judge(self, place: Reached, anchor: ast.AST, roots: list[ast.AST], crossed: bool) -> Decision | str | None:
        """Return a decision; or the parameter of this frame that decides; or None where nothing here does.

        anchor: the call, or the statement where it is not known which of its calls it was.
        crossed: whether a module's own `forward` has been looked at on the way here.
        """
        seen: set[str] = set()
        passed_on = roots[0].id if len(roots) == 1 and isinstance(roots[0], ast.Name) else None
        for _ in range(DEPTH):
            for root in roots:
                outcome = self._asks(place, root)
                if outcome is not None:
                    return outcome
            roots = list(place.earlier(roots, seen))
        tests: list[ast.AST] = []
        for branch in place.branches(anchor):
            outcome = self._asks_test(place, branch, crossed)
            if outcome is not None:
                return outcome
            tests.append(branch.test)
        outcome = None if crossed else self._asked_earlier(place, tests, seen)
        # What is passed on as it was given is decided further out.
        return passed_on if outcome is None and passed_on in place.source.parameters else outcome

    def _asked_earlier(self, place: Reached, tests: list[ast.AST], seen: set[str]) -> Decision | str | None:
        """Follow the names in the tests back to where they were assigned."""
        for _ in range(DEPTH):
            tests = list(place.earlier(tests, seen))
            for test in tests:
                outcome = self._asks(place, test)
                if outcome is not None:
                    return outcome
        return None

    def _asks(self, place: Reached, root: ast.AST) -> Decision | str | None:
        """Return the flag that an expression asks, or the parameter that it passes on."""
        for inner in ast.walk(root):
            if isinstance(inner, ast.Attribute) and inner.attr == "training":
                call = place.module_call(inner.value)
                if call is not None and call.training:
                    return Decision("flag", call=call)
        for inner in ast.walk(root):
            if isinstance(inner, ast.Name) and inner.id in SWITCHES and inner.id in place.source.parameters:
                return inner.id
        return None

    def _asks_test(self, place: Reached, branch: Branch, crossed: bool) -> Decision | str | None:
        """Return the flag by which a test let the statement run."""
        for inner in ast.walk(branch.test):
            asked = isinstance(inner, ast.Attribute) and inner.attr == "training"
            passed = isinstance(inner, ast.Name) and inner.id in SWITCHES and inner.id in place.source.parameters
            if not asked and not passed:
                continue
            wants = branch.in_body is not is_negated(inner, branch.test)  # the value with which the statement runs
            if isinstance(inner, ast.Attribute):
                call = place.module_call(inner.value)
                if call is not None and call.training is wants and (wants or not crossed):
                    return Decision("flag", call=call)
            elif isinstance(inner, ast.Name) and wants:
                return inner.id
        return None


def _called(frame: Frame) -> str:
    name = frame.function.rpartition(".")[2]
    return f"F.{name}" if frame.role == "functional" else name
