"""The page of questions that people asked."""
