"""The ways in other than a plain call: what `torch.compile` and `torch.jit.trace` need around it."""

from explorer.ways_in.compile import compiled
from explorer.ways_in.jit_trace import traced, traced_call, untraced
from explorer.ways_in.left_alone import leave_alone
from explorer.ways_in.quiet import quietly

__all__ = ["compiled", "leave_alone", "quietly", "traced", "traced_call", "untraced"]
