"""Charts: from plain tables to figures for plotly, legible from the back row, light and dark, without colour too.

A figure is plain data, as plotly takes it: `{"data": [...], "layout": {...}}`. Streamlit checks it with
plotly before it draws it.
"""

from explorer.ui.pages.dropout.charts.against_p import against_p
from explorer.ui.pages.dropout.charts.convergence import convergence
from explorer.ui.pages.dropout.charts.show import show_chart
from explorer.ui.pages.dropout.charts.statistics import statistics
from explorer.ui.pages.dropout.charts.strip import EVAL_OUTPUT, strip

__all__ = ["EVAL_OUTPUT", "against_p", "convergence", "show_chart", "statistics", "strip"]
