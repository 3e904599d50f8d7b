"""Sentences on what is worth seeing in a run, each chosen by what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.hook_notes import hook_notes
from explorer.record import ModuleCall, Node, Observation, Summary
from explorer.way_notes import way_notes
from explorer.wording import times

DROPOUT = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")
# An encoder layer, or its attention alone, in one native operation (torch/nn/modules/transformer.py, activation.py).
FUSED = ("_transformer_encoder_layer_fwd", "_native_multi_head_attention")


def notes_on(observation: Observation) -> tuple[str, ...]:
    """The notes of a run, the most surprising first; code is in backticks."""
    return tuple(
        note
        for notes in (
            _rows,
            way_notes,
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
    """The batch that goes in and the one that comes out."""
    first = observation.inputs[0][1] if observation.inputs else None
    if observation.training is None or observation.output is None or first is None:
        return
    given, got = _size(first), _size(observation.output)
    if given is None or got is None or given == got:
        return
    views = [node for node in observation.graph.nodes if node.operation == "view" and _changes_rows(node)]
    yield f"{given} rows went in and {got} predictions came out." + (
        f" `view` made rows of another length out of the batch: {list(views[0].inputs[0].shape)} became "
        f"{list(views[0].outputs[0].shape)}. Nothing raised, and each prediction mixes images."
        if views
        else ""
    )


def _fused(observation: Observation) -> Iterator[str]:
    fused = [node for node in observation.graph.nodes if node.operation in FUSED]
    if fused:
        yield (
            f"torch took its fast path: `{fused[0].operation}` did the work of a whole {fused[0].module_class}, "
            f"{times(len(fused))}. It does so in eval mode, and only where no gradient is recorded."
        )


def _silent_dropout(observation: Observation) -> Iterator[str]:
    """Calls of dropout modules that ran no operation."""
    silent = [call for call in _dropout_calls(observation) if not list(_operations(observation, call))]
    if silent and observation.training is False:
        yield "In eval mode dropout ran no operation: it returned the very tensor that it was given."


def _random(observation: Observation) -> Iterator[str]:
    """Dropout that did draw, whatever the grad mode."""
    drew = [call for call in _dropout_calls(observation) if list(_operations(observation, call))]
    if drew and observation.grad_mode != "enabled":
        yield f"Dropout drew at random under `{observation.grad_mode}` too: only train / eval mode decides that."


def _bare_dropout(observation: Observation) -> Iterator[str]:
    """Dropout that no module ran, and that drew in eval mode."""
    nodes = observation.graph.nodes
    if observation.training is False and any(n.operation == "dropout" and n.module_class not in DROPOUT for n in nodes):
        yield (
            "`F.dropout` drew at random in eval mode: it knows nothing of the mode, and its argument `training` is "
            "True unless `forward` passes another."
        )


def _statistics(observation: Observation) -> Iterator[str]:
    moved = [buffer.name for buffer in observation.moved]
    running = sorted({name.rpartition(".")[0] or name for name in moved if "running_" in name})
    if running:
        shown = ", ".join(f"`{name}`" for name in running[:3]) + (f" and {len(running) - 3} more" * (len(running) > 3))
        under = f", under `{observation.grad_mode}` too" if observation.grad_mode != "enabled" else ""
        yield f"This call moved the running statistics of {shown}{under}. In train mode every call does."


def _no_autograd(observation: Observation) -> Iterator[str]:
    facts = observation.output.tensor if observation.output else None
    without_grad = observation.training is not None and observation.grad_mode != "enabled"
    if facts is not None and without_grad and facts.grad_fn is None and not facts.requires_grad:
        yield f"Under `{observation.grad_mode}` autograd recorded nothing: the output has no `grad_fn`."


def _eval_with_grad(observation: Observation) -> Iterator[str]:
    facts = observation.output.tensor if observation.output else None
    if facts is not None and observation.training is False and facts.grad_fn is not None:
        yield f"Eval mode did not turn gradients off: the output has a `grad_fn`, `{facts.grad_fn}`."


def _dropout_calls(observation: Observation) -> list[ModuleCall]:
    return [call for call in observation.graph.calls if call.module_class in DROPOUT]


def _operations(observation: Observation, call: ModuleCall) -> Iterator[Node]:
    return (node for node in observation.graph.nodes if node.call == call.index and not node.in_hook)


def _changes_rows(node: Node) -> bool:
    return bool(node.inputs and node.outputs) and node.inputs[0].shape[:1] != node.outputs[0].shape[:1]


def _size(summary: Summary) -> int | None:
    return summary.tensor.shape[0] if summary.tensor is not None and summary.tensor.shape else None
