"""Put a figure on the page, in letters for a reader or for a room."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from explorer.ui.pages.dropout.charts.style import Figure, enlarged
from explorer.ui.shell.pages import PROJECT

# Without the buttons that double others; Streamlit adds one for the full screen.
CONFIG: Mapping[str, Any] = MappingProxyType(
    {
        "displayModeBar": True,
        "displaylogo": False,
        "showTips": False,
        "modeBarButtonsToRemove": ("autoScale2d", "pan2d", "zoom2d", "sendChartToCloud"),
    }
)


def show_chart(figure: Figure, name: str, alt: str) -> None:
    """Show a figure; where the page is projected, in larger letters, and as high as projecting.css says for its name.

    alt: what it shows, in words for readers who cannot see it.
    """
    config = {**CONFIG, "toImageButtonOptions": {"filename": name}}
    if not st.session_state.get(PROJECT):
        st.plotly_chart(figure, theme=None, config=config, alt=alt)
        return
    # Only in a container that has a height from here does a chart take whatever height that container has.
    with st.container(height=200, border=False, key=f"chart-{name}"):
        st.plotly_chart(enlarged(figure), height="stretch", theme=None, config=config, alt=alt)
