"""Measure by calling again: repeated calls, times, outputs bit for bit, and what autograd recorded."""
