"""A statement that a run reached: the conditions around it, and where its names got their values."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from explorer.reading.notes.run_index import RunIndex
from explorer.record import Frame, ModuleCall, Step
from explorer.torch_source.function_source import Branch, FunctionSource, leaves


@dataclass(frozen=True, slots=True)
class Reached:
    """A statement of one frame, on the way to an operation."""

    run: RunIndex
    frame: Frame
    step: Step
    source: FunctionSource
    statement: ast.stmt

    def branches(self, node: ast.AST) -> Iterator[Branch]:
        """Yield the tests that a part of the statement hangs on: it is in one of their branches, or after a way out."""
        yield from self.source.branches_around(node)
        for step in reversed(self.run.ifs_before(self.step, self.source)):
            for statement in self._ifs_passed(step):
                for body, in_body in ((statement.body, False), (statement.orelse, True)):
                    if leaves(body):
                        yield Branch(statement.test, in_body)

    def earlier(self, roots: Iterable[ast.AST], seen: set[str]) -> Iterator[ast.AST]:
        """Yield what gave the names in these expressions their values, tensors apart: those are what is drawn for."""
        names = {inner.id for root in roots for inner in ast.walk(root) if isinstance(inner, ast.Name)} - seen
        seen |= names
        tensors, now = self.run.tensor_names(self.frame), self.step.index
        names = {name for name in names & self.source.stored_names if tensors.get(name, now) >= now}
        if not names:
            return
        for step in self._before():
            statement = self.source.statement_at(step.line)
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
                yield from [statement.value] if statement.value and self.source.assigns(statement, names) else []
            for passed in self._ifs_passed(step):
                if any(self.source.assigns(each, names) for each in (*passed.body, *passed.orelse)):
                    yield passed.test

    def _ifs_passed(self, step: Step) -> list[ast.If]:
        """Return the `if`s of an earlier step that the statement does not stand in."""
        found = [each for each in self.source.statements_at(step.line) if isinstance(each, ast.If)]
        return [each for each in found if not self.source.stands_in(self.statement, each)]

    def _before(self) -> list[Step]:
        """Return the statements that the frame ran before, the last first."""
        return self.run.before(self.step)[::-1]

    def module_call(self, owner: ast.expr) -> ModuleCall | None:
        """Return the call of the module that `self` or `self.layer` stands for; None where the record has none.

        `self` is the first argument, whatever its name.
        """
        path = ast.unparse(owner).split(".")
        begins = self.run.begins(self.frame)
        call = self.run.call_at(begins)
        first = next(iter(begins.changes), None)
        if call is None or first is None or path[0] != first.name or first.value.type != call.module_class:
            return None
        if len(path) == 1:
            return call
        if not call.registered:  # nor is what it holds
            return None
        wanted = ".".join([*([call.module] if call.module else []), *path[1:]])
        return next((each for each in self.run.calls if call.registered and each.module == wanted), None)


def reached(run: RunIndex, frame: Frame, step: Step) -> Reached | None:
    """Return the statement that a frame was at; None where its source does not tell."""
    source = run.source(frame)
    statement = source.statement_at(step.line) if source is not None else None
    return Reached(run, frame, step, source, statement) if source is not None and statement is not None else None
