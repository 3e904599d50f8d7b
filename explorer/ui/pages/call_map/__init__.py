"""The page that maps `__call__`: which of its statements ran."""
