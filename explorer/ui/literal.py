"""Text that Markdown shows as it is: an exception's message, or what somebody typed into the address bar."""

from __future__ import annotations

import re
import string

# Streamlit's Markdown makes links of bare addresses, escaped or not; only in code does it leave them alone.
_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)
_PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")


def literal(text: str) -> str:
    """Markdown that shows `text` and nothing else: no image, link, HTML, emphasis, formula or emoji; on one line."""
    return " ".join(code(word) if _ADDRESS.search(word) else _PUNCTUATION.sub(r"\\\1", word) for word in text.split())


def code(word: str) -> str:
    """A code span that shows `word`; its fence is longer than any run of backticks inside."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", word)), default=0))
    return f"{fence} {word} {fence}"
