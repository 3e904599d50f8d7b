"""Say what came of two runs, in a sentence each. Code is in backticks."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from explorer.catalog.hooks import kind_of, location_of, options_of
from explorer.catalog.hooks.hook import Hook
from explorer.experiment import Experiment
from explorer.experiment.number_settings import Number
from explorer.experiment.settings import SETTINGS
from explorer.measure.outcomes import Outcomes
from explorer.measure.shared_rows import SharedRows
from explorer.measure.timing import Timing, middle_half
from explorer.reading.compare import Comparison
from explorer.reading.compare.one_side import HookCounts
from explorer.record import ErrorInfo
from explorer.ui.pages.compare.difference_words import capitalized
from explorer.ui.shell.markdown import escaped
from explorer.wording import count, times

ENOUGH_ROUNDS = 5  # of timing, for a middle half and a ratio
UNLABELLED = ("model", "call", "keyword")  # the two players show the call itself
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))  # the smallest for all that is below


def output_sentence(comparison: Comparison, outcomes: Outcomes) -> str:
    """Return whether the two runs returned the same."""
    left, right = comparison.left.error, comparison.right.error
    if left is not None and right is not None:
        return f"**Both raised** {' and '.join(dict.fromkeys([_raised(left), _raised(right)]))}."
    if left is not None or right is not None:
        return f"**Only the {'left' if left else 'right'} raised** {_raised(left or right)}."
    if outcomes.rows is not None:
        return _rows_sentence(outcomes.rows)
    if outcomes.equal:
        return "**The outputs are equal**, bit for bit."
    if outcomes.equal is None:
        return (
            "**The outputs cannot be compared**: they hold objects of a class whose `==` does not tell, or raises; "
            "nothing else in them differs."
        )
    if outcomes.largest_difference is None:
        one, other = (escaped(run.output.text) if run.output else "none" for run in (comparison.left, comparison.right))
        if one == other:
            return f"**The outputs differ** in what they hold: both are {one}."
        return f"**The outputs differ**: {one} on the left, {other} on the right."
    if outcomes.largest_difference == 0:
        how = "the sign of a zero" if outcomes.same_structure else "their type"
        return f"**The outputs differ** in {how}, but in no number."
    return f"**The outputs differ** by up to {outcomes.largest_difference:.3g} in an element."


def _rows_sentence(rows: SharedRows) -> str:
    """Return how the rows compare that both sides have."""
    which = "The row that both have" if rows.count == 1 else f"The {rows.count} rows that both have"
    verb = "is" if rows.count == 1 else "are"
    if rows.equal:
        return f"**{which} {verb} equal**, bit for bit."
    if rows.largest_difference is None:
        return f"**{which} {'differs' if rows.count == 1 else 'differ'}** in what is no number."
    by = f"by up to {rows.largest_difference:.3g} in an element"
    if rows.units is not None:
        by += f", {rows.units:,.3g} units in the last place of the largest"
    if rows.up_to_rounding:
        return f"**{which} {verb} equal up to rounding**: they differ {by}."
    return f"**{which} {'differs' if rows.count == 1 else 'differ'}** {by}."


def backward_sentence(comparison: Comparison) -> str:
    """Return whether only one side called `backward()`, or had a graph for it; empty where both did, or neither."""
    sides = comparison.left.backward, comparison.right.backward
    called = [side is not None and side.loss is not None for side in sides]
    if called[0] != called[1]:
        return f"Only the {'left' if called[0] else 'right'} called `backward()`."
    recorded = [side is not None and side.reason is None for side in sides]  # without a graph `backward()` raises
    if recorded[0] != recorded[1]:
        return f"Only the {'left' if recorded[0] else 'right'}'s `backward()` had something to go back through."
    return ""


def hook_sentence(counts: Iterable[HookCounts]) -> str:
    """Return the hooks that fired on one side only; empty where there is none."""
    sentences = []
    for each in counts:
        if each.one_side:
            sides = zip(("left", "right"), (each.left, each.right), each.may_have_run_unseen, strict=True)
            (_, runs_there, hidden), (side, ran, partly) = sorted(sides, key=lambda side: bool(side[1]))
            there = "is not registered" if runs_there is None else fired(runs_there, hidden)
            sentences.append(
                f"{hook_words(each.hook)} {fired(ran or 0, partly)} on the {side} and {there} on the other"
            )
    return f"{capitalized('; '.join(sentences))}." if sentences else ""


def fired(runs: int, unseen: bool) -> str:
    """Return how often a hook ran. unseen: whether it may have run in compiled code besides."""
    if unseen:
        return f"fired {times(runs)} from Python" if runs else "did not run as Python"
    return f"fired {times(runs)}" if runs else "did not fire"


def hook_words(hook: Hook | str) -> str:
    """Return a hook by its kind, what it does, its options and where it is registered."""
    if isinstance(hook, str):
        return f"the hook `{hook}`"
    options = "".join(f", {option}" for option in options_of(hook))
    return f"the {kind_of(hook)} `{hook.action}`{options} on {location_of(hook)}"


def label(ours: Experiment, theirs: Experiment) -> str:
    """Return the settings in which one side is not the other, as "train, seed 3"; empty where there is none."""
    words = []
    for setting in SETTINGS:
        value, other = (getattr(side, setting.name) for side in (ours, theirs))
        if value is None or other is None:
            continue  # one of the two models has no such setting
        if ours.model != theirs.model and isinstance(setting, Number) and setting.depends_on_model:
            continue  # the other model has another default
        if setting.name not in UNLABELLED and value != other:
            words.append("grad" if value == "enabled" else setting.describe(value))
    return ", ".join(filter(None, words))


def per_call(seconds: tuple[float, ...]) -> str:
    """Return the median and the middle half of the times: "31.2 µs (30.8 to 31.9)"; of few, the median alone."""
    middle = median(seconds)
    size, unit = next((each for each in UNITS if middle >= each[0]), UNITS[-1])
    if len(seconds) < ENOUGH_ROUNDS:
        return f"{_three_digits(middle / size)} {unit}"
    low, high = (_three_digits(end / size) for end in middle_half(seconds))
    return f"{_three_digits(middle / size)} {unit} ({low} to {high})"


def _three_digits(number: float) -> str:
    """Return "0.667", "31.2", "1,390": never with a power of ten."""
    return f"{number:.3g}" if number < 999.5 else f"{float(f'{number:.3g}'):,.0f}"


def timing_sentence(timing: Timing) -> str:
    """Return how the times were taken, and their ratio where there are enough of them."""
    rounds = len(timing.left)
    if rounds < ENOUGH_ROUNDS:
        taken = "one bare call" if rounds == 1 else f"median of {rounds} bare calls"
        return f"Time: {taken} of each side, timed in turn on this machine: too few to say which is faster."
    low, high = timing.ratios
    return (
        f"Time: median of {count(rounds, 'bare call')} of each side, timed in turn on this machine; in brackets the "
        f"middle half. Turn by turn, the right took {timing.ratio:.2f} times as long as the left (median; middle half "
        f"{low:.2f} to {high:.2f}), which need not be the ratio of the two medians."
    )


def _raised(error: ErrorInfo | None) -> str:
    assert error is not None
    where = f" in `{error.function}`, line {error.line}" if error.function and error.line else ""
    return f"`{error.type}`{where}"
