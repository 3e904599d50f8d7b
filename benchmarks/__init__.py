"""How fast the explorer is, measured beside what it explains. `python -m benchmarks` measures all of it.

Each ratio is the median over pairs taken in turn, in one process, of what the explorer does and the bare call. No
goal is hidden that was missed.
"""
