"""Say what a record says: sentences, notes, comparisons, the map of `__call__`. Nothing here runs a model."""
