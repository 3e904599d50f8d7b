"""How long a test waits before it calls what it waits for missing: a machine under load is slow, not wrong."""

SECONDS = 120
MILLISECONDS = SECONDS * 1000
