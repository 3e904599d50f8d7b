"""Record which statements ran, with a trace function that leaves the path of the call alone."""
