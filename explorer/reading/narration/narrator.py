"""Why each step happens: a sentence or two, chosen and filled by what this run measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.reading.compiled_frames import is_compiled
from explorer.reading.hook_order import kind_of_hook
from explorer.reading.narration import call_path
from explorer.reading.narration.backward_frames import backward_hook_sentence, backward_of_function_sentence
from explorer.reading.narration.exceptions import ends_loop, exception_sentence
from explorer.reading.narration.generator_parts import goes_on, part_ends
from explorer.reading.narration.given_warnings import warning_sentence, warnings_by_step
from explorer.reading.narration.indexed_run import IndexedRun
from explorer.reading.narration.lookup import lookup_sentence
from explorer.reading.narration.narrated_step import NarratedStep
from explorer.reading.narration.phrases import (
    changes_made,
    grad_mode_at_entry,
    module_of,
    value_text,
    way_on,
)
from explorer.reading.narration.what_ran import WhatRan
from explorer.record import Frame, FramePart, Observation, Step, Summary
from explorer.torch_source.find_roles import roles
from explorer.torch_source.roles import FORWARD_CALLS, HOOK_CALLS, StatementRole
from explorer.wording import listed

NO_OVERRIDE = "No override of torch's functions is in force here, so torch's own code goes on."

# An object may hold something else all the same: of most classes the record does not know what they hold.
NOTHING_SEEN = "No name is bound to another object, and no operation runs."


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
        self.what_ran = WhatRan(self.run, future_tense=future_tense)
        self.warnings = warnings_by_step(observation)
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
            if frame.part is not None and frame.goes_on:
                return self._goes_on(step, frame, frame.part)
            return self._call(step, frame) + grad_mode_at_entry(step)
        if step.kind == "return":
            if frame.part is not None:
                return part_ends(step, frame, frame.part)
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

    def _goes_on(self, step: Step, frame: Frame, part: FramePart) -> str:
        """Return what happens where a generator or a coroutine goes on, in the middle of a statement."""
        after = self.run.after(step)
        end = after.index if after is not None else step.index + 1
        ran = self.what_ran.sentence(
            step, end, fails=after is not None and after.kind == "exception" and not part.thrown
        )
        changed = changes_made(
            [change for change in step.changes if change.kind not in ("grad mode", "held")], self.future_tense
        )
        text = " ".join(each for each in (goes_on(step, frame, part), ran, changed) if each)
        return text + grad_mode_at_entry(step)

    def _statement(self, step: Step, frame: Frame) -> str:
        after = self.run.after(step)
        if is_compiled(step, frame):
            ran = self.what_ran.sentence(step, after.index if after else step.index + 1, fails=False)
            replaced = f"What `torch.compile` made of `{frame.function}` runs in its place, so none of its lines does."
            return f"{replaced} {ran}".rstrip()
        parts = [self._branch(step, frame, after)]
        end = after.index if after is not None else step.index + 1
        parts.append(self.what_ran.sentence(step, end, fails=after is not None and after.kind == "exception"))
        parts.append(changes_made(step.changes, self.future_tense))
        text = " ".join(part for part in parts if part)
        if text:
            return text
        if after is not None and after.kind == "return":
            return "The function pauses here." if frame.pauses else "The function ends here."
        statement = self.run.statement(step, frame)
        if statement is not None and statement.calls_has_torch_function:
            return NO_OVERRIDE
        if ends_loop(self.run, after, frame):
            return "The iterator is asked for its next item, and has none."
        if after is not None and after.kind == "exception":
            return "It does not get to its end: it raises."
        if statement is not None and statement.kind == "raise":  # one that is new has a step of its own
            return "It raises the exception again."
        return NOTHING_SEEN

    def _branch(self, step: Step, frame: Frame, after: Step | None) -> str:
        """Return a sentence on whether an `if` was true, by where the frame went on; "" for another statement."""
        statement = self.run.statement(step, frame)
        if after is None or statement is None or statement.kind != "if":
            return ""
        condition = self.run.condition(step, frame)
        if condition is None:
            return ""
        entered = self.run.entered(step)
        text = self.run.condition_text(step, frame)
        which = f"The condition `{text}`" if text else "The condition"
        will, next_ = "will " if self.future_tense else "", way_on(after, self.future_tense, frame.pauses)
        first = f"First `{entered.function}` is entered. " if entered is not None else ""
        if condition:
            return f"{first}{which} {'will hold' if self.future_tense else 'holds'}, so {next_}."
        if statement.calls_has_torch_function:
            return first + NO_OVERRIDE
        return f"{first}{which} {will or 'does '}not hold, so {next_}."
