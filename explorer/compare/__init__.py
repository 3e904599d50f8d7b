"""Two runs beside each other: which steps they share, where they part, and what came of it."""

from explorer.compare.alignment import Row
from explorer.compare.comparison import Comparison, compare
from explorer.compare.differences import Difference
from explorer.compare.facets import Facet
from explorer.compare.one_side import same_statements
from explorer.compare.outcomes import Outcomes, measure_outcomes
from explorer.compare.timing import Timing, time_calls

__all__ = [
    "Comparison",
    "Difference",
    "Facet",
    "Outcomes",
    "Row",
    "Timing",
    "compare",
    "measure_outcomes",
    "same_statements",
    "time_calls",
]
