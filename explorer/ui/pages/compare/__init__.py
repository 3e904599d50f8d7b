"""The page with two runs in step."""
