"""Where a statement of `Module.__call__` stands: what its role depends on besides its own shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.torch_source.phases import Phase
from explorer.torch_source.syntax import assigned_name, name_of, registries_in, tests_containers_ending_in

StatementNode = ast.stmt | ast.ExceptHandler
Around = tuple[
    tuple[StatementNode, str], ...
]  # the statements around one, the outermost first, each with the part it is in


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where one statement stands."""

    method: ast.FunctionDef  # of `Module`
    around: Around
    phase: Phase | None

    @property
    def in_inner(self) -> bool:
        """Whether it stands in a function that the method defines."""
        return any(isinstance(node, ast.FunctionDef) for node, _ in self.around)

    @property
    def parent(self) -> StatementNode | None:
        """The statement that it stands in directly."""
        return self.around[-1][0] if self.around else None

    @property
    def loop(self) -> ast.For | None:
        """The innermost `for` loop that it stands in."""
        loops = [node for node, _ in self.around if isinstance(node, ast.For)]
        return loops[-1] if loops else None

    def stands_in(self, kind: type[ast.AST], part: str) -> bool:
        """Return whether it stands in that part, as "body", of a statement of that kind."""
        return any(isinstance(node, kind) and where == part for node, where in self.around)

    def calls_inner(self, node: ast.AST | None) -> bool:
        """Return whether an expression is a call of a function that the method defines."""
        inner = {each.name for each in self.method.body if isinstance(each, ast.FunctionDef)}
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in inner

    def calls_hook(self, node: ast.AST | None) -> bool:
        """Return whether an expression calls the hook that the loop around has come to."""
        loop = self.loop
        target = loop.target if loop is not None and registries_in(loop.iter) else None
        hook = name_of(target.elts[-1]) if isinstance(target, ast.Tuple) else name_of(target)
        return bool(hook) and isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == hook

    def is_hook_result(self, node: ast.AST | None) -> bool:
        """Return whether an expression is a name for what a hook of the loop around returned."""
        calls = (each for each in ast.walk(self.loop) if isinstance(each, ast.Assign)) if self.loop else ()
        results = {assigned_name(each) for each in calls if self.calls_hook(each.value)}
        return isinstance(node, ast.Name) and node.id in results

    def by_keyword(self) -> bool | None:
        """Return whether the hook here was registered with `with_kwargs=True`; None where no `if` around tests it."""
        for node, part in reversed(self.around):
            if isinstance(node, ast.If) and tests_containers_ending_in(node.test, "_with_kwargs"):
                return part == "body"
        return None


def with_surroundings(body: Sequence[StatementNode], around: Around = ()) -> Iterator[tuple[StatementNode, Around]]:
    """Yield each statement of a body, and of the bodies inside it, with those around it."""
    for node in body:
        yield node, around
        for part in ("body", "orelse", "handlers", "finalbody"):
            yield from with_surroundings(getattr(node, part, []), (*around, (node, part)))
