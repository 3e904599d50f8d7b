"""Escape text so that Markdown shows it as it is: an exception's message, or what stands in the address bar."""

from __future__ import annotations

import re
import string

# Streamlit's Markdown makes links of bare addresses, escaped or not; only in code does it leave them alone.
_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)
# Between spaces, and escaped or not, Streamlit makes arrows, a dash or a sign of these.
_REPLACED = frozenset(("--", "->", "<-", "<->", ">=", "<=", "~="))
_PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")


def escaped(text: str) -> str:
    """Return Markdown that shows `text` and nothing else, on one line: no image, link, emphasis, formula or emoji."""
    return " ".join(map(_word, text.split()))


def escaped_around_code(text: str) -> str:
    """Return the same for a sentence of the explorer's own, in which backticks set code, as a command."""
    parts = text.split("`")
    if len(parts) % 2 == 0 or not all(part.strip() for part in parts[1:-1]):  # these backticks are no pairs
        return escaped(text)
    return "".join(code(" ".join(part.split())) if index % 2 else _between(part) for index, part in enumerate(parts))


def code(word: str) -> str:
    """Return a code span that shows `word`; its fence is longer than any run of backticks inside."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", word)), default=0))
    return f"{fence} {word} {fence}"


def _word(word: str) -> str:
    return code(word) if word in _REPLACED or _ADDRESS.search(word) else _PUNCTUATION.sub(r"\\\1", word)


def _between(text: str) -> str:
    """Return what stands before, between and after code, with its spaces at either end."""
    first, last = (" " if text[index:][:1].isspace() else "" for index in (0, -1))
    return f"{first}{escaped(text)}{last}" if text.strip() else first
