"""The page with the drawn graphs."""
