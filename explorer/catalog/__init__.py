"""The documents' models: what they are, how to build them, what to feed them."""

from explorer.catalog.building import build, example_inputs, submodule_paths
from explorer.catalog.entries import ENTRIES, UnknownEntry, default_model, entries, entry
from explorer.catalog.entry import TITLES, Document, Entry, Range
from explorer.catalog.source_text import source_of

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
    "source_of",
    "submodule_paths",
]
