"""The hooks that a reader may register: what they do, and how they are registered with torch."""

from explorer.catalog.hooks.actions import ACTIONS
from explorer.catalog.hooks.kinds import BACKWARD_KINDS, KINDS
from explorer.catalog.hooks.registering import hook_number, options, register
from explorer.catalog.hooks.words import action_sentence, kind_of, location_of, options_of, title_of

__all__ = [
    "ACTIONS",
    "BACKWARD_KINDS",
    "KINDS",
    "action_sentence",
    "hook_number",
    "kind_of",
    "location_of",
    "options",
    "options_of",
    "register",
    "title_of",
]
