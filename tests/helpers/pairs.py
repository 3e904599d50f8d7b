"""Two runs beside each other, and the names of their steps."""

from dataclasses import replace

from explorer import observe
from explorer.reading.compare import compare


def pair(left, **changes):
    return compare(observe(left), observe(replace(left, **changes)))


def where(observation, step):
    """The function a step is in, without its class, and what it is."""
    if step is None:
        return None
    seen = observation.trace.steps[step]
    if seen.frame is None:
        return "lookup"
    return f"{observation.trace.frames[seen.frame].function.rpartition('.')[2]} {seen.kind}"
