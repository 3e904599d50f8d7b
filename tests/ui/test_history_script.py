"""The script that keeps the browser's history gets past Streamlit, which cleans what `st.html` is given."""

from __future__ import annotations

import re

from explorer.ui.web.files import WEB


def test_nothing_in_it_looks_like_markup() -> None:
    script = (WEB / "history" / "history.js").read_text(encoding="utf-8")
    assert not re.findall(r"<[/\w!]", script)
