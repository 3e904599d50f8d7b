"""Two records beside each other: which steps they share, where they part, and what only one of them did."""

from explorer.reading.compare.alignment import Row
from explorer.reading.compare.aspects import Aspect
from explorer.reading.compare.comparison import Comparison, compare
from explorer.reading.compare.differences import Difference
from explorer.reading.compare.one_side import same_statements

__all__ = ["Aspect", "Comparison", "Difference", "Row", "compare", "same_statements"]
