"""Read source files by their syntax tree, torch's installed `module.py` above all."""
