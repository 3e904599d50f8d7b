"""Write numbers and names as a sentence says them; the sentences of every room are made with these."""

from __future__ import annotations

from collections.abc import Iterable


def times(number: int) -> str:
    """Return "once", "twice", "1,024 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def count(number: int, thing: str, things: str = "") -> str:
    """Return "1 step", "1,024 steps". things: the plural, where it is not made by an s."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def listed(names: Iterable[str], most: int | None = None) -> str:
    """Return "a, b and c"; where there are more than `most`, "a, b and 5 more"."""
    every = list(names)
    if most is not None and len(every) > most:
        every = [*every[:most], f"{len(every) - most} more"]
    return f"{', '.join(every[:-1])} and {every[-1]}" if len(every) > 1 else "".join(every)


def ordinal(number: int) -> str:
    """Return "first", "second", "third", "4th", "21st", "112th"."""
    if number in (1, 2, 3):
        return ("first", "second", "third")[number - 1]
    teen = 10 < number % 100 < 14
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def with_article(noun: str) -> str:
    """Return "an `int`", "a `list`"."""
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} `{noun}`"


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters; one that is cut ends in "…"."""
    return text if len(text) <= most else text[: most - 1] + "…"
