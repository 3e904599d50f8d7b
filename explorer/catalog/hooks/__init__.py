"""The hooks that a reader may register: what they do, and how torch is told of them."""

from explorer.catalog.hooks.registering import number_of, options, register

__all__ = ["number_of", "options", "register"]
