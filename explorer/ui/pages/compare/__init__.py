"""Two runs on one page: which other run is meant, the two players in step, and what differs in words and tables."""
