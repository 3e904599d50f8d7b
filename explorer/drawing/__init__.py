"""Draw a record: DOT and SVG."""
