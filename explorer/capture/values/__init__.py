"""Keep what values were at each step, without touching autograd, the random generator or the trace."""
