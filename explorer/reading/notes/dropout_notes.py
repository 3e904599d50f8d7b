"""Say what dropout did, by the mode that the model and torch were in."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.record import ModuleCall, Node, Observation, Summary
from explorer.wording import listed

DROPOUT_CLASSES = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")


def dropout_in_eval_mode(observation: Observation) -> Iterator[str]:
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


def dropout_without_gradients(observation: Observation) -> Iterator[str]:
    """Yield a note where dropout drew at random while gradients were off."""
    nodes = [node for call in _dropout_calls(observation) for node in _operations(observation, call)]
    if observation.grad_mode != "enabled" and any(_drew(observation, node) for node in nodes):
        yield (
            f"Dropout drew at random under `{observation.grad_mode}` too: train / eval mode decides that, not the "
            "grad mode."
        )


def dropout_as_function(observation: Observation) -> Iterator[str]:
    """Yield a note where `F.dropout` drew in eval mode, called by no module for dropout."""
    if observation.training is False and any(
        node.operation == "dropout" and node.module_class not in DROPOUT_CLASSES and _drew(observation, node)
        for node in observation.graph.nodes
    ):
        yield (
            "`F.dropout` drew at random while the model is in eval mode: it does not know the model. Its own argument "
            "`training` decides, which is True unless `forward` passes another."
        )


def _dropout_calls(observation: Observation) -> list[ModuleCall]:
    return [call for call in observation.graph.calls if call.module_class in DROPOUT_CLASSES]


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
