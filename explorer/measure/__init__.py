"""Measure by calling again: repeated calls, times, outputs bit for bit, what autograd recorded."""
