"""The list of questions on the page."""

from explorer.ui.questions_view.component import show_questions

__all__ = ["show_questions"]
