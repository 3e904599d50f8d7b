"""The hooks that a reader may register: what they do, and how torch is told of them."""

from explorer.catalog.hooks.registering import number_of, options, register
from explorer.catalog.hooks.words import (
    ACTIONS,
    KINDS,
    SUBJECTS,
    action_sentence,
    kind_of,
    options_of,
    place_of,
    title_of,
)

__all__ = [
    "ACTIONS",
    "KINDS",
    "SUBJECTS",
    "action_sentence",
    "kind_of",
    "number_of",
    "options",
    "options_of",
    "place_of",
    "register",
    "title_of",
]
