"""Record which tensor operations ran, and which fed which."""
