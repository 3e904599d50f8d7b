"""Say each difference of two runs in a sentence, filled with what the comparison found. Code is in backticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from explorer.reading.compare import Aspect, Comparison, Difference
from explorer.record import Frame, Observation, Step
from explorer.torch_source.statements import statement_text
from explorer.wording import count, listed, with_article

LONGEST_STATEMENT = 60  # characters of a statement that a sentence quotes
# What differs, where a sentence only names it; what is no word of torch's.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "elements": "the elements",
        "value": "the value",
        "type": "the type",
        "shape": "the shape",
        "version": "the version",
        "line": "the line",
        "change": "what it changes",
        "new": "what it binds",
        "rebound": "what it binds",
        "modified in place": "what it modifies",
    }
)
MOST_LISTED = 3  # names in a sentence


def how_many(comparison: Comparison) -> str:
    """Return how many differences there are; the players show each, and go to the next one from the start."""
    number = len(comparison.differences)
    if not number:
        steps = len(comparison.rows)
        same = "with the same values" if steps > 1 else "and nothing else"
        return f"**No step differs.** Both sides ran the same {count(steps, 'step')}, {same}."
    return f"**The steps differ in {'one place' if number == 1 else f'{number:,} places'}.**"


def difference_sentence(comparison: Comparison, difference: Difference) -> str:
    """Return what differs there, in one or two sentences."""
    sides = _RunSide(comparison.left, "left"), _RunSide(comparison.right, "right")
    only_one_side = _one_sided_steps(comparison, difference, sides)
    match difference.kind:
        case "look-up":
            return f"{_look_up(comparison)} {only_one_side}".strip()
        case "branch":
            return _branch(difference, sides)
        case "one side":
            return only_one_side
        case _:
            return _values(difference, sides[0])


class _RunSide:
    """One run, and what a sentence needs to name its steps."""

    def __init__(self, run: Observation, name: str) -> None:
        self.run, self.name = run, name

    def step(self, index: int) -> Step:
        return self.run.trace.steps[index]

    def frame(self, step: Step) -> Frame | None:
        return None if step.frame is None else self.run.trace.frames[step.frame]

    def goes_on(self, step: Step) -> bool:
        frame = self.frame(step)
        return frame is not None and frame.goes_on

    def pauses(self, step: Step) -> bool:
        frame = self.frame(step)
        return frame is not None and frame.pauses

    def function(self, step: Step) -> str:
        """Return "`CNN.forward`", or "`_call_impl` of `conv1`": each module has its own call of those."""
        frame = self.frame(step)
        if frame is None:
            return "the lookup"
        around = frame.role in ("call path", "hook") and frame.module is not None
        return f"`{short(frame)}`" + (f" of {f'`{frame.module}`' if frame.module else 'the model'}" if around else "")


def short(frame: Frame) -> str:
    """Return a function's name as a reader says it: of torch's `Module` without the class."""
    return frame.function.rpartition("<locals>.")[2].removeprefix("Module.")


def _look_up(comparison: Comparison) -> str:
    left, right = comparison.left.lookup, comparison.right.lookup
    parts = []
    if left.type != right.type:
        parts.append(f"The left is {with_article(left.type)}, the right {with_article(right.type)}.")
    if left.attribute != right.attribute:
        parts.append(f"Python looks for `{left.attribute}` on the left, for `{right.attribute}` on the right.")
    sentence = " ".join(parts) or f"Python finds `{left.attribute}` in another place on each side."
    for lookup, side in ((left, "left"), (right, "right")):
        if lookup.provider is None and not (lookup.instance_attribute and lookup.attribute != "__call__"):
            sentence += f" On the {side} it finds it nowhere."
    return sentence


def _branch(difference: Difference, sides: tuple[_RunSide, _RunSide]) -> str:
    assert difference.left is not None
    step = sides[0].step(difference.left)
    goes = [
        _goes_on(side, following)
        for side, following in zip(sides, (difference.left_next, difference.right_next), strict=True)
    ]
    second = goes[1].replace("goes on at", "at") if "goes on at" in goes[0] else goes[1]
    return f"{_statement(sides[0], step)} in {sides[0].function(step)}: {goes[0]}, {second}."


def _goes_on(side: _RunSide, following: int | None) -> str:
    assert following is not None
    step = side.step(following)
    if step.kind == "exception":
        return f"on the {side.name} it raises {f'`{step.value.type}`' if step.value else 'an exception'}"
    if step.kind == "return":
        return f"the {side.name} {'pauses' if side.pauses(step) else 'returns'}"
    return f"the {side.name} goes on at line {step.line}"


def _values(difference: Difference, side: _RunSide) -> str:
    assert difference.left is not None
    step = side.step(difference.left)
    first, *more = difference.aspects
    function = side.function(step)
    name = f"`{first.name}`" if first.name else "it"
    if step.kind == "call":
        where = f"When {function} {'goes on' if side.goes_on(step) else 'begins'}, "
    elif step.kind == "statement":
        where = f"After line {step.line} of {function}, "
    elif first.what == "line":
        return (
            f"{capitalized(function)} returns from line {first.left} on the left, from line {first.right} on the right."
        )
    elif step.kind == "exception":
        where, name = f"In {function}, ", "the exception"
    else:
        where, name = "", f"what {function} returns"
    return f"{capitalized(where + _aspect(name, first))}{_also(more)}."


def _aspect(name: str, aspect: Aspect) -> str:
    """Return how one aspect of a value differs: "`x` has shape [2] on the left and [3] on the right"."""
    left, right = aspect.left, aspect.right
    match aspect.what:
        case "new" | "rebound" | "modified in place" | "grad mode" | "held" | "deleted":
            done = {
                "modified in place": "modified in place",
                "grad mode": "changed",
                "held": "there",
                "deleted": "deleted",
            }.get(aspect.what, "another object")
            return f"{name} is {done} on the {'right' if left is None else 'left'} only"
        case "change":
            return f"{name} is {left} on the left and {right} on the right"
        case "elements":
            return f"{name} holds {left} on the left and {right} on the right"
        case "value" | "type":
            return f"{name} is {_quoted(left)} on the left and {_quoted(right)} on the right"
        case "shape":
            return f"{name} has shape {left} on the left and {right} on the right"
        case _:
            return f"{name} has `{aspect.what}` {_quoted(left)} on the left and {_quoted(right)} on the right"


def _also(more: Sequence[Aspect]) -> str:
    """Return what else differs, by name."""
    names = list(dict.fromkeys(NAMES.get(aspect.what, f"`{aspect.what}`") for aspect in more))
    if not names:
        return ""
    plural = len(names) > 1 or names == [NAMES["elements"]]
    return f"; {listed(names, MOST_LISTED)} {'differ' if plural else 'differs'} too"


def _one_sided_steps(comparison: Comparison, difference: Difference, sides: tuple[_RunSide, _RunSide]) -> str:
    """Return what each side ran alone there."""
    rows = comparison.rows[difference.first : difference.last + 1]
    sentences = []
    for index, side in enumerate(sides):
        steps = [side.step(row[index]) for row in rows if row[1 - index] is None and row[index] is not None]  # type: ignore[arg-type]
        if not steps:
            continue
        frames = [frame for step in steps if (frame := side.frame(step)) is not None]
        ran = [f"the hook {name}" for name in dict.fromkeys(_named(frame) for frame in frames if frame.role == "hook")]
        others = list(dict.fromkeys(_named(frame) for frame in frames if frame.role != "hook"))
        if others:
            ran.append(f"{_these(len(steps))} in {listed(others, MOST_LISTED)}")
        sentences.append(f"Only the {side.name} runs {' and '.join(ran)}.")
    return " ".join(sentences)


def _named(frame: Frame) -> str:
    return f"`{short(frame)}`"


def _these(number: int) -> str:
    return "a step" if number == 1 else f"{number:,} steps"


def _statement(side: _RunSide, step: Step) -> str:
    """Return a statement and its line."""
    frame = side.frame(step)
    text = statement_text(frame.file, (step.line, step.end_line)) if frame is not None else ""
    text = text.partition("  # ")[0].replace("`", "'")
    cut = text if len(text) <= LONGEST_STATEMENT else f"{text[: LONGEST_STATEMENT - 1]}…"
    return f"`{cut}`, line {step.line}," if cut else f"Line {step.line}"


def _quoted(text: str | None) -> str:
    return "nothing" if text is None else f"`{text.replace('`', chr(39))}`"


def capitalized(text: str) -> str:
    """Return the text with a large first letter, as a sentence begins."""
    return text[:1].upper() + text[1:]
