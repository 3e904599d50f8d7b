"""Text that Markdown shows as it is: an exception's message, or what somebody typed into the address bar."""

from __future__ import annotations

import re
import string

# Streamlit's Markdown makes links of bare addresses, escaped or not; only in code does it leave them alone.
_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)
# Between spaces, and escaped or not, Streamlit makes arrows, a dash or a sign of these.
_REPLACED = frozenset(("--", "->", "<-", "<->", ">=", "<=", "~="))
_PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")


def escaped(text: str) -> str:
    """Markdown that shows `text` and nothing else: no image, link, HTML, emphasis, formula or emoji; on one line."""
    return " ".join(map(_word, text.split()))


def escaped_around_code(text: str) -> str:
    """The same for a sentence of ours in which backticks set code, as a command."""
    parts = text.split("`")
    if len(parts) % 2 == 0 or not all(part.strip() for part in parts[1:-1]):  # these backticks are no pairs
        return escaped(text)
    return "".join(code(" ".join(part.split())) if at % 2 else _between(part) for at, part in enumerate(parts))


def code(word: str) -> str:
    """A code span that shows `word`; its fence is longer than any run of backticks inside."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", word)), default=0))
    return f"{fence} {word} {fence}"


def _word(word: str) -> str:
    return code(word) if word in _REPLACED or _ADDRESS.search(word) else _PUNCTUATION.sub(r"\\\1", word)


def _between(text: str) -> str:
    """What stands before, between and after code: its spaces at either end too."""
    first, last = (" " if text[place:][:1].isspace() else "" for place in (0, -1))
    return f"{first}{escaped(text)}{last}" if text.strip() else first
