"""Text from elsewhere that Markdown shows as it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.shell.markdown import escaped, escaped_around_code

CODE = re.compile(r"(`+) (.*?) \1(?!`)")


def read_back(markdown: str) -> str:
    """What CommonMark shows of escapes and code spans; fails where anything else could be markup."""
    parts = []
    at = 0
    for span in CODE.finditer(markdown):
        parts += [unescaped(markdown[at : span.start()]), span[2]]
        at = span.end()
    return "".join([*parts, unescaped(markdown[at:])])


def unescaped(text: str) -> str:
    plain = re.sub(r"\\[!-/:-@\[-`{-~]", "", text)
    assert not re.search(r"[!-/:-@\[-`{-~]", plain), f"{text!r} holds punctuation that is not escaped"
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_what_is_shown_is_the_text(text: str):
    if not re.search(r"://|www\.|@", text, re.IGNORECASE):
        assert read_back(escaped(text)) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://a.b/c.png)",
        "https://a.b",
        "www.a.b",
        "me@a.b",
        "`www.a.b`",
        "``http://a.b``",
        "HTTP://A.B",
        "'www.a'",
    ],
)
def test_an_address_is_code_and_so_no_link(text: str):
    (span,) = [CODE.fullmatch(escaped(text))]
    assert span is not None
    assert span[2] == text
    assert span[1] not in re.findall("`+", text)


@pytest.mark.parametrize(
    "text", ["<img src=x>", "[a](b)", "**b**", "$x$", ":red[x]", ":smile:", "a\n# b", "a  \nb", "~~a~~"]
)
def test_markup_is_escaped(text: str):
    assert read_back(escaped(text)) == " ".join(text.split())


@pytest.mark.parametrize("word", ["--", "->", "<-", "<->", ">=", "<=", "~="])
def test_what_streamlit_would_make_a_sign_of_is_code(word: str):
    """Its Markdown writes a dash for a lone "--", escaped or not."""
    assert escaped(f"a {word} b{word}c") == f"a ` {word} ` " + escaped(f"b{word}c")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("Write `a -- b`.", r"Write ` a -- b `\."),
        ("`a` or `b`", "` a ` or ` b `"),
        ("a *b*", r"a \*b\*"),
        ("one ` alone", r"one \` alone"),
        ("`a``b`", r"\`a\`\`b\`"),
        ("`` ` ``", r"\`\` \` \`\`"),
        ("", ""),
    ],
)
def test_backticks_of_ours_set_code(text: str, markdown: str):
    assert escaped_around_code(text) == markdown


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_with_code_shows_the_text_and_nothing_else(text: str):
    shown = read_back(escaped_around_code(text)) if not re.search(r"://|www\.|@", text, re.IGNORECASE) else ""
    if shown:
        assert shown.replace("`", "").split() == text.replace("`", "").split()
