"""The page that makes the same call again and again."""
