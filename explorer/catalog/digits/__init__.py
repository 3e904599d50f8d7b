"""Handwritten digits to call a model with, and the weights of a network that has learnt to tell them apart."""

from explorer.catalog.digits.stored import DIGITS, USUAL_DIGIT, StoredDigit, digit_images, enlarged, stored_digits

__all__ = ["DIGITS", "USUAL_DIGIT", "StoredDigit", "digit_images", "enlarged", "stored_digits"]
