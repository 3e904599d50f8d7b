"""The list of questions on the page."""

from explorer.ui.pages.questions.component import show_questions

__all__ = ["show_questions"]
