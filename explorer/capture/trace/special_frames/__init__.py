"""Frames that are traced in a way of their own, or not at all."""
