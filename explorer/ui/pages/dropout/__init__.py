"""The parts of the dropout page: sentences, tables, and the study in progress."""
