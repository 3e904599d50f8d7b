"""What can be called: the models, how to build them, and what to call them with."""

from explorer.catalog.building import build, example_inputs, submodule_paths
from explorer.catalog.entries import ENTRIES, UnknownEntry, default_model, entries, entry
from explorer.catalog.entry import TITLES, Document, Entry, Range
from explorer.catalog.entry_code import shown_code

__all__ = [
    "ENTRIES",
    "TITLES",
    "Document",
    "Entry",
    "Range",
    "UnknownEntry",
    "build",
    "default_model",
    "entries",
    "entry",
    "example_inputs",
    "shown_code",
    "submodule_paths",
]
