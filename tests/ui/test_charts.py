"""A chart for the back row: other letters, and nothing else."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from explorer.ui import charts


def made(kind: str) -> Any:
    if kind == "strip":
        values = pd.DataFrame({"unit": ["0", "1"], "value": [0.0, 1.0], "percent": [50.0, 100.0]})
        marks = pd.DataFrame({"unit": ["0", "1"], "value": [0.5, 0.5], "mark": [charts.EVAL_OUTPUT, "mean"]})
        return charts.strip(values, marks, (0.0, 1.0), train=True, dark=False)
    table = pd.DataFrame({"call": [1, 2], "value": [0.0, 1.0], "series": ["a", "a"], "channel": [0, 0]})
    return charts.statistics(table, "mean", height=200, dark=True)


def letters(chart: dict[str, Any]) -> list[Any]:
    """Every size of a letter that the chart names."""
    found = [part[name] for part in chart["config"].values() for name in part if name.endswith("FontSize")]
    return found + [layer["mark"]["fontSize"] for layer in chart.get("layer", ()) if "fontSize" in layer["mark"]]


@pytest.mark.parametrize("kind", ["strip", "statistics"])
def test_an_enlarged_chart_differs_in_its_letters(kind: str):
    chart = made(kind)
    before = chart.to_dict()
    after = charts.enlarged(chart).to_dict()
    assert chart.to_dict() == before
    assert all(size == charts.FONT for size in letters(before))
    assert letters(after) == [charts.PROJECTED.to_dict()] * len(letters(before))
    assert after["datasets"] == before["datasets"]
    assert after["config"]["axis"]["labelColor"] == before["config"]["axis"]["labelColor"]
