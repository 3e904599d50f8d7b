"""Which entries of the catalogue can be called, and which return one tensor: written down by hand."""

from explorer.catalog import ENTRIES

UNCALLABLE = ("not-a-model", "checkpoint", "load-state-dict", "python-module")  # Python refuses
WITHOUT_FORWARD = ("module-list", "no-forward")  # torch refuses
MODULES = [key for key in ENTRIES if ENTRIES[key].kind == "module"]
RUNNING = [key for key in MODULES if key not in WITHOUT_FORWARD]
ONE_TENSOR = [key for key in RUNNING if key not in ("dict-output", "tuple-output")]
