"""Say which way torch's transformer layers went, and what decided: torch's own reasons, read from its local names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from explorer.reading.notes.run_index import RunIndex
from explorer.record import Frame, Step, Summary
from explorer.torch_source.files import MODULES_FOLDER
from explorer.wording import listed, times

# An encoder layer, or its attention alone, in one native operation (torch/nn/modules/transformer.py, activation.py).
FUSED: Mapping[str, str] = MappingProxyType(
    {
        "_transformer_encoder_layer_fwd": "TransformerEncoderLayer",
        "_native_multi_head_attention": "MultiheadAttention",
    }
)
REASON = "why_not_"  # what the names begin with in which torch keeps why it does not take the fast path
NESTED = "convert_to_nested"  # the name that is True where the encoder leaves the masked positions out
MODE = ("training", "is_grad_enabled")  # a condition that asks for these is about the mode, which other notes tell
NAMES_LISTED = 3
KEPT = " was given a padding mask, and kept the masked positions in its layers"


def fast_path(run: RunIndex) -> Iterator[str]:
    """Yield a note where one native operation did the work of a whole transformer layer."""
    fused = Counter(node.operation for node in run.observation.graph.nodes if node.operation in FUSED)
    if fused:
        done = [f"`{name}` did the work of a whole {FUSED[name]}, {times(number)}" for name, number in fused.items()]
        yield (
            f"torch took its fast path: {listed(done)}. It does so in eval mode, and only where no gradient is "
            "recorded."
        )


def other_way(run: RunIndex) -> Iterator[str]:
    """Yield a note for each reason that torch had to go another way where the mode would have allowed its fast path."""
    if run.observation.grad_mode == "enabled":
        return  # gradients alone may turn it off
    found: dict[tuple[str, str], dict[str, None]] = {}
    left: set[int] = set()  # frames that left the fast path: what they call is a part of the same way
    for frame in run.frames:
        if frame.role != "forward" or not frame.file.startswith(MODULES_FOLDER) or _inside(run, frame, left):
            continue
        call = run.call_at(run.begins(frame))
        if call is None or call.training is not False:  # its mode alone turns it off
            continue
        name = f"`{frame.module or frame.module_class}`"
        nested, why = _values(run, frame, NESTED), _why_not(run, frame)
        if any(value.constant is True for value in nested):
            yield (
                f"{name} was given a padding mask in eval mode: it leaves the masked positions out of its layers (a "
                "nested tensor), and they are 0 in what it gives."
            )
        elif why is not None and not nested:
            left.add(frame.index)
            found.setdefault((" did not take torch's fast path", why), {})[name] = None
        elif why is not None and _has_padding_mask(run, frame):
            found.setdefault((KEPT, why), {})[name] = None
    for (what, why), names in found.items():
        yield f"{listed(names, NAMES_LISTED)}{what}. torch's own reason: {why}."


def _inside(run: RunIndex, frame: Frame, left: set[int]) -> bool:
    outer = frame.caller if left else None
    while outer is not None and outer not in left:
        outer = run.frames[outer].caller
    return outer is not None


def _values(run: RunIndex, frame: Frame, name: str) -> list[Summary]:
    """Return what a local name of a frame was given, one after the other."""
    return [change.value for step in run.steps_of[frame.index] for change in step.changes if change.name == name]


def _has_padding_mask(run: RunIndex, frame: Frame) -> bool:
    given = run.begins(frame).changes
    return any(change.name.endswith("padding_mask") and change.value.tensor is not None for change in given)


def _why_not(run: RunIndex, frame: Frame) -> str | None:
    """Return why a `forward` of torch's did not take its fast path; None where it did, or where the mode decided."""
    tested: Step | None = None  # the condition before the reason was written down
    before: Step | None = None
    reason: Summary | None = None
    for step in run.steps_of[frame.index]:
        for change in step.changes:
            if change.name.startswith(REASON):
                tested, reason = before, change.value
        before = step
    source = run.source(frame)
    if reason is None or reason.constant == "" or tested is None or source is None:
        return None
    if any(source.mentions(tested.line, each) for each in MODE):
        return None
    return reason.text
