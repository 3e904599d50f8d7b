"""Declare a Streamlit component whose HTML, CSS and JavaScript are files of the browser's part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.ui.web.files import WEB, joined_styles
from explorer.ui.web.javascript import joined


def declared_component(name: str, files: str, *shared_styles: Path) -> Callable[..., Any]:
    """Return what mounts a component, given a `key` and `data`.

    files: the path of its HTML, CSS and JavaScript below the folder of the browser's part, without their endings:
    "map/map". shared_styles: style sheets that stand before its own.
    """
    path = WEB / files
    return st.components.v2.component(
        name,
        html=path.with_suffix(".html").read_text(encoding="utf-8"),
        css=joined_styles(*shared_styles, path.with_suffix(".css")),
        js=joined(path.with_suffix(".js")),
    )


def do_nothing() -> None:
    """Do nothing: Streamlit keeps a value that a component sends only under a name that has a callback."""
