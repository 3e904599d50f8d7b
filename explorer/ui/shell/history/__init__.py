"""The browser's back and forward buttons: one press undoes or redoes one change of the page."""

from explorer.ui.shell.history.keep import came_by_history, keep_entries

__all__ = ["came_by_history", "keep_entries"]
