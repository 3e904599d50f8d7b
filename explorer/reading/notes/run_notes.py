"""Sentences on what is worth seeing in a run, each chosen by what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import prod

from explorer.reading.notes.entry_mode_notes import entry_mode_notes
from explorer.reading.notes.hook_notes import hook_notes
from explorer.record import ModuleCall, Node, Observation, Summary
from explorer.wording import count, listed, times

DROPOUT = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")
STATISTICS = ("running_mean", "running_var")
RESHAPING = ("view", "reshape", "flatten", "view_as", "reshape_as")
# An encoder layer, or its attention alone, in one native operation (torch/nn/modules/transformer.py, activation.py).
FUSED = {
    "_transformer_encoder_layer_fwd": "TransformerEncoderLayer",
    "_native_multi_head_attention": "MultiheadAttention",
}


def notes_on(observation: Observation) -> tuple[str, ...]:
    """Return the notes of a run, the most surprising first; code is in backticks."""
    return tuple(
        note
        for notes in (
            _rows,
            entry_mode_notes,
            hook_notes,
            _fused,
            _silent_dropout,
            _random,
            _bare_dropout,
            _statistics,
            _no_autograd,
            _eval_with_grad,
        )
        for note in notes(observation)
    )


def _rows(observation: Observation) -> Iterator[str]:
    """Yield a note where a view made another batch size of the one that went in."""
    first = observation.inputs[0][1] if observation.inputs else None
    if observation.training is None or observation.output is None or first is None:
        return
    given, got = _size(first), _size(observation.output)
    if given is None or got is None or given == got:
        return
    for node in observation.graph.nodes:
        if node.operation in RESHAPING and not node.in_hook and node.inputs and node.outputs:
            before, after = node.inputs[0].shape, node.outputs[0].shape
            if before[:1] == (given,) and after[:1] == (got,) and prod(before) == prod(after) > 0:
                yield (
                    f"{count(given, 'row')} went in and {got} came out: `{node.operation}` made {list(after)} of "
                    f"{list(before)}, and nothing raised. {_mixed(before, after)}"
                )
                return


def _mixed(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """Return how many of the new rows straddle a boundary of the old ones. A view keeps the order of the elements."""
    old, new = prod(before[1:]), prod(after[1:])
    mixed = sum(row * new // old != ((row + 1) * new - 1) // old for row in range(after[0]))
    if not mixed:
        return "Each of the new rows is a piece of one old row."
    return f"{mixed} of the new rows {'holds' if mixed == 1 else 'hold'} parts of more than one old row."


def _fused(observation: Observation) -> Iterator[str]:
    fused = Counter(node.operation for node in observation.graph.nodes if node.operation in FUSED)
    if fused:
        done = [f"`{name}` did the work of a whole {FUSED[name]}, {times(number)}" for name, number in fused.items()]
        yield (
            f"torch took its fast path: {listed(done)}. It does so in eval mode, and only where no gradient is "
            "recorded."
        )


def _silent_dropout(observation: Observation) -> Iterator[str]:
    """Yield a note on dropout modules in eval mode: they ran no operation, or drew all the same."""
    if observation.training is not False:
        return
    calls = _dropout_calls(observation)
    drew = [call for call in calls if any(_drew(observation, node) for node in _operations(observation, call))]
    silent = [call for call in calls if not list(_operations(observation, call)) and _handed_back(observation, call)]
    if drew:
        names = dict.fromkeys(f"`{call.module or call.module_class}`" for call in drew)
        yield (
            f"{listed(names, most=3)} drew at random while the model is in eval mode: each module has a `training` "
            "flag of its own."
        )
    elif silent:
        yield "In eval mode dropout ran no operation: it returned the very tensor that it was given."


def _random(observation: Observation) -> Iterator[str]:
    """Yield a note where dropout drew at random while gradients were off."""
    nodes = [node for call in _dropout_calls(observation) for node in _operations(observation, call)]
    if observation.grad_mode != "enabled" and any(_drew(observation, node) for node in nodes):
        yield (
            f"Dropout drew at random under `{observation.grad_mode}` too: train / eval mode decides that, not the "
            "grad mode."
        )


def _bare_dropout(observation: Observation) -> Iterator[str]:
    """Yield a note where `F.dropout` drew in eval mode, called by no module for dropout."""
    if observation.training is False and any(
        node.operation == "dropout" and node.module_class not in DROPOUT and _drew(observation, node)
        for node in observation.graph.nodes
    ):
        yield (
            "`F.dropout` drew at random while the model is in eval mode: it does not know the model. Its own argument "
            "`training` decides, which is True unless `forward` passes another."
        )


def _statistics(observation: Observation) -> Iterator[str]:
    moved = [buffer.name for buffer in observation.changed_buffers]
    running = sorted({name.rpartition(".")[0] or name for name in moved if name.rpartition(".")[2] in STATISTICS})
    if running:
        shown = ", ".join(f"`{name}`" for name in running[:3]) + (f" and {len(running) - 3} more" * (len(running) > 3))
        under = f", under `{observation.grad_mode}` too" if observation.grad_mode != "enabled" else ""
        yield f"This call moved the running statistics of {shown}{under}. In train mode each call updates them."


def _no_autograd(observation: Observation) -> Iterator[str]:
    facts = observation.output.tensor if observation.output else None
    without_grad = observation.training is not None and observation.grad_mode != "enabled"
    if facts is not None and without_grad and facts.grad_fn is None and not facts.requires_grad:
        yield f"Under `{observation.grad_mode}` autograd recorded nothing of this output: it has no `grad_fn`."


def _eval_with_grad(observation: Observation) -> Iterator[str]:
    facts = observation.output.tensor if observation.output else None
    if facts is not None and observation.training is False and facts.grad_fn is not None:
        yield f"Eval mode did not turn gradients off: the output has a `grad_fn`, `{facts.grad_fn}`."


def _dropout_calls(observation: Observation) -> list[ModuleCall]:
    return [call for call in observation.graph.calls if call.module_class in DROPOUT]


def _operations(observation: Observation, call: ModuleCall) -> Iterator[Node]:
    return (node for node in observation.graph.nodes if node.call == call.index and not node.in_hook)


def _handed_back(observation: Observation, call: ModuleCall) -> bool:
    """Return whether the module's own `forward` returned a tensor that it was given, the very one.

    A tensor that did not change has one summary however often it was recorded; two tensors have two, even if equal.
    """
    steps, frames = observation.trace.steps, observation.trace.frames
    given: list[Summary] = []
    for step in steps[call.steps[0] : call.steps[1] + 1]:
        frame = frames[step.frame] if step.frame is not None else None
        if frame is None or frame.role != "forward" or frame.module != call.module:
            continue
        if step.kind == "call":
            given = [change.value for change in step.changes if change.value.tensor is not None]
        elif step.kind == "return" and any(step.value is tensor for tensor in given):
            return True
    return False


def _drew(observation: Observation, node: Node) -> bool:
    """Return whether a dropout drew a mask.

    With p = 1 it draws none. With a smaller p, torch may show the whole as one operation.
    """
    if any("bernoulli" in detail for detail in node.details):
        return True
    steps = observation.trace.steps
    if not all("dropout" in detail for detail in node.details) or node.steps[0] >= len(steps):
        return False
    frame = steps[node.steps[0]].frame
    begins = next((step for step in steps if step.frame == frame and step.kind == "call"), None)
    return begins is not None and all(change.value.constant != 1 for change in begins.changes if change.name == "p")


def _size(summary: Summary) -> int | None:
    return summary.tensor.shape[0] if summary.tensor is not None and summary.tensor.shape else None
