"""The first page: one run, step by step."""
