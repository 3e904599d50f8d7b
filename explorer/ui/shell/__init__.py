"""Frame every page: the controls, the URL, the theme, the notices."""
