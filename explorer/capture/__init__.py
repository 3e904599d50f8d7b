"""Record one call while it runs: its statements, its values, its operations. Nothing here reads a finished record."""
