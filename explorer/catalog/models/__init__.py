"""The models that can be called, one idea a module. The player shows these files: a reader sees every line."""
