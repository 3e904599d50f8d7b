"""Why each step happens: a sentence or two, chosen and filled by what this run measured."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import itemgetter

from explorer.reading.compiled_frames import is_compiled
from explorer.reading.hook_order import kind_of_hook
from explorer.reading.narration import call_path
from explorer.reading.narration.backward_frames import backward_hook_sentence, backward_of_function_sentence
from explorer.reading.narration.exceptions import ends_loop, exception_sentence
from explorer.reading.narration.given_warnings import warning_sentence, warnings_by_step
from explorer.reading.narration.indexed_run import IndexedRun
from explorer.reading.narration.lookup import lookup_sentence
from explorer.reading.narration.narrated_step import NarratedStep
from explorer.reading.narration.phrases import (
    changes_made,
    grad_mode_at_entry,
    module_called,
    module_of,
    operation_ran,
    value_text,
    way_on,
)
from explorer.record import Frame, ModuleCall, Node, Observation, Step, Summary
from explorer.torch_source.find_roles import roles
from explorer.torch_source.roles import FORWARD_CALLS, HOOK_CALLS, StatementRole
from explorer.wording import listed

NO_OVERRIDE = "No override of torch's functions is in force here, so torch's own code goes on."


def narrate(observation: Observation) -> tuple[str, ...]:
    """Return one text for each of `observation.trace.steps`, as of its end; code is in backticks."""
    return _Narrator(observation).texts()


def narrate_ahead(observation: Observation, narration: Sequence[str]) -> dict[int, str]:
    """Return, for steps that call a function, the text as of the call, when what comes of it is still ahead.

    narration: what `narrate` returned. A step is left out where both texts are the same.

    Returns the texts by the step's index.
    """
    texts = _Narrator(observation, future_tense=True).texts_of_callers()
    return {index: text for index, text in texts if text != narration[index]}


class _Narrator:
    """A run, and in which tense its sentences are."""

    def __init__(self, observation: Observation, *, future_tense: bool = False) -> None:
        """Prepare the look-ups. future_tense: say what will come of a statement, not what has."""
        self.observation, self.future_tense = observation, future_tense
        self.run = IndexedRun(observation)
        self.operations = [node for node in observation.graph.nodes if node.kind == "operation"]
        self.operation_starts = [node.steps[0] for node in self.operations]
        self.warnings = warnings_by_step(observation)
        self.calls = tuple(observation.graph.calls)
        self.call_starts = [call.steps[0] for call in self.calls]
        self.names: dict[int, dict[str, Summary]] = {}  # frame of the call path → what its names stand for so far

    def texts(self) -> tuple[str, ...]:
        return tuple(self._text(step) for step in self.run.steps)

    def texts_of_callers(self) -> Iterator[tuple[int, str]]:
        callers = (step for step in self.run.steps if step.kind == "statement" and self.run.entered(step) is not None)
        return ((step.index, self._text(step)) for step in callers)

    def _text(self, step: Step) -> str:
        text = self._text_of_run(step)
        given = self.warnings.get(step.index, ())
        return " ".join([text, *map(warning_sentence, given)]) if given and not self.future_tense else text

    def _text_of_run(self, step: Step) -> str:
        if step.frame is None:
            return lookup_sentence(self.observation.lookup, self.observation.training is not None)
        frame = self.run.frames[step.frame]
        if step.kind == "exception":
            return exception_sentence(self.run, step, frame)
        if frame.role == "call path":
            sentence = call_path.sentence(self._narrated_step(step, frame), self._caller_text(frame))
            return sentence + grad_mode_at_entry(step)
        if step.kind == "call":
            return self._call(step, frame) + grad_mode_at_entry(step)
        if step.kind == "return":
            return f"`{frame.function}` returns {value_text(step.value)}."
        return self._statement(step, frame)

    def _narrated_step(self, step: Step, frame: Frame) -> NarratedStep:
        role = roles().get(step.line) if step.kind == "statement" else None
        entered = self._entered(step, role)
        returned = self.run.returned.get(entered.index) if entered is not None else None
        names = self.names.get(frame.index)
        if names is None:  # `inner` shares `args`, `kwargs` and `result` with the `_call_impl` that it stands in
            inner = frame.caller is not None and frame.function.endswith("<locals>.inner")
            names = self.names[frame.index] = dict(self.names.get(frame.caller or 0, {})) if inner else {}
        names.update((change.name, change.value) for change in step.changes)
        begun = self.observation.trace.backward_from
        in_backward = begun is not None and step.index >= begun
        condition = self.run.condition(step, frame)
        after, statement = self.run.after(step), self.run.statement(step, frame)
        return NarratedStep(
            step,
            frame,
            role,
            after,
            entered,
            returned,
            condition,
            after is not None and self.run.raised_here(after),
            (statement.binds or ()) if statement is not None else (),
            names,
            self.future_tense,
            in_backward,
        )

    def _entered(self, step: Step, role: StatementRole | None) -> Frame | None:
        """Return the frame of what a statement of torch's `__call__` called, where it is in the trace."""
        if role in HOOK_CALLS:
            return self.run.called(step, "hook")
        return self.run.called(step, "forward") if role in FORWARD_CALLS else self.run.entered(step)

    def _caller_text(self, frame: Frame) -> str:
        """Return what the reader would have written to get here."""
        return self.observation.expression if frame.caller is None else f"`{module_of(frame)}` is called"

    def _call(self, step: Step, frame: Frame) -> str:
        arguments = [change for change in step.changes if change.kind != "grad mode"]
        given = listed(
            [f"`{change.name}` = {value_text(change.value)}" for change in arguments if change.name != "self"]
        )
        with_what = f" with {given}" if given else ""
        if frame.role == "function":
            return backward_of_function_sentence(frame, arguments)
        if frame.role == "hook" and step.phase == "backward":
            return backward_hook_sentence(frame, arguments, kind_of_hook(self.observation, frame))
        if frame.role == "hook":
            return f"A hook runs: `{frame.function}` gets{with_what.removeprefix(' with')}."
        if frame.past_call:
            return (
                f"`{frame.function}` begins{with_what}. `__call__` was not involved: "
                "hooks of this module are not looked at."
            )
        return f"`{frame.function}` begins{with_what}."

    def _statement(self, step: Step, frame: Frame) -> str:
        after = self.run.after(step)
        if is_compiled(step, frame):
            ran = self._ran(step, after.index if after else step.index + 1, False)
            replaced = f"What `torch.compile` made of `{frame.function}` runs in its place, so none of its lines does."
            return f"{replaced} {ran}".rstrip()
        parts = [self._branch(step, frame, after)]
        end = after.index if after is not None else step.index + 1
        parts.append(self._ran(step, end, fails=after is not None and after.kind == "exception"))
        parts.append(changes_made(step.changes, self.future_tense))
        text = " ".join(part for part in parts if part)
        if text:
            return text
        if after is not None and after.kind == "return":
            return "The function ends here."
        statement = self.run.statement(step, frame)
        if statement is not None and statement.calls_has_torch_function:
            return NO_OVERRIDE
        if ends_loop(self.run, after, frame):
            return "The iterator is asked for its next item, and has none."
        if after is not None and after.kind == "exception":
            return "It does not get to its end: it raises."
        if statement is not None and statement.kind == "del":
            names = [f"`{name}`" for name in statement.binds or ()]
            return f"{listed(names)} {'is' if len(names) == 1 else 'are'} bound to nothing now."
        if statement is not None and statement.kind == "raise":  # one that is new has a step of its own
            return "It raises the exception again."
        return "No local name changes, and no operation runs."

    def _branch(self, step: Step, frame: Frame, after: Step | None) -> str:
        """Return a sentence on whether an `if` was true, by where the frame went on; "" for another statement."""
        statement = self.run.statement(step, frame)
        if after is None or statement is None or statement.kind != "if":
            return ""
        condition = self.run.condition(step, frame)
        if condition is None:
            return ""
        entered = self.run.entered(step)
        will, next_ = "will " if self.future_tense else "", way_on(after, self.future_tense)
        first = f"First `{entered.function}` is entered. " if entered is not None else ""
        if condition:
            return f"{first}The condition {'will hold' if self.future_tense else 'holds'}, so {next_}."
        if statement.calls_has_torch_function:
            return first + NO_OVERRIDE
        return f"{first}The condition {will or 'does '}not hold, so {next_}."

    def _ran(self, step: Step, end: int, fails: bool) -> str:
        """Return the submodules that the statement called and the operations that it ran itself, in order."""
        calls, nodes = self._direct(step.index, end)
        parts = [(call.steps[0], self._module_called(step, call)) for call in calls]
        parts += [(node.steps[0], operation_ran(node)) for node in nodes]
        parts.sort(key=itemgetter(0))  # by step alone: operations of one step are in order already
        if not parts:
            return ""
        shown = [text for _, text in parts[:4]] + ([f"{len(parts) - 4} more"] if len(parts) > 4 else [])
        does_not = "will not" if self.future_tense else "does not"
        ending = f", and {does_not} get to the end" if fails else ""
        return f"It {', then '.join(shown)}{ending}."

    def _direct(self, begin: int, end: int) -> tuple[list[ModuleCall], list[Node]]:
        """Return the module calls of these steps that lie in none of the others, and the operations outside of them.

        What lies inside of a call is passed over in one go: modules that are nested deeply would otherwise be gone
        through once at each level.
        """
        first, last = bisect_left(self.call_starts, begin), bisect_left(self.call_starts, end)
        calls: list[ModuleCall] = []
        nodes: list[Node] = []
        at, index = begin, first
        while index < last:
            call = self.calls[index]
            if call.parent is None or not first <= call.parent < last:
                calls.append(call)
            nodes += self._nodes_between(at, call.steps[0])
            at = max(at, call.steps[1])  # at whose last step the statement that called it may go on
            index = bisect_left(self.call_starts, at, index + 1)
        nodes += self._nodes_between(at, end)
        return calls, [node for node in nodes if node.call is None or not first <= node.call < last]

    def _nodes_between(self, begin: int, end: int) -> list[Node]:
        starts = self.operation_starts
        first = bisect_left(starts, begin)
        return self.operations[first : bisect_left(starts, end, first)] if begin < end else []

    def _module_called(self, step: Step, call: ModuleCall) -> str:
        first = self.run.steps[call.steps[0]].frame
        begun = self.run.frames[first] if first is not None else None
        entered = self.run.entered_by(step, begun) if begun is not None else None
        return module_called(call, self._is_registered(call), begun, entered)

    def _is_registered(self, call: ModuleCall) -> bool:
        """Return whether the module that was called is the outermost one or one of its submodules."""
        frame = self.run.steps[call.steps[0]].frame
        return frame is None or self.run.frames[frame].module is not None
