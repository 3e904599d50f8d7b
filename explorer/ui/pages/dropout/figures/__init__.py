"""The figures of the dropout page, a module for each tab: its caption, its charts, its table as CSV."""
