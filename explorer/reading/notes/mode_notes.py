"""Say what train or eval mode and grad mode led to, random numbers apart."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.reading.notes.run_index import RunIndex
from explorer.record import Summary, TensorFacts
from explorer.wording import listed

STATISTICS = ("running_mean", "running_var")


def running_statistics_changed(run: RunIndex) -> Iterator[str]:
    """Yield a note where batch norm updated its running statistics."""
    observation = run.observation
    changed = [buffer.name.rpartition(".") for buffer in observation.changed_buffers]
    running = sorted({path for path, _, name in changed if name in STATISTICS})
    if running:
        shown = listed([f"`{path or observation.title}`" for path in running], most=3)
        under = f", under `{observation.grad_mode}` too" if observation.grad_mode != "enabled" else ""
        flags = {call.training for call in run.calls if call.registered and call.module in running}
        why = " In train mode each call updates them." if flags == {True} else ""
        if why and observation.training is False:
            why += " Each module has a `training` flag of its own, and here it is True."
        yield f"This call changed the running statistics of {shown}{under}.{why}"


def nothing_recorded(run: RunIndex) -> Iterator[str]:
    """Yield a note where autograd recorded nothing because of the grad mode."""
    observation = run.observation
    tensors = _tensors(observation.output)
    without_grad = observation.training is not None and observation.grad_mode != "enabled"
    if tensors and without_grad and all(each.grad_fn is None and not each.requires_grad for each in tensors):
        yield f"Under `{observation.grad_mode}` autograd recorded nothing of this output: it has no `grad_fn`."


def gradients_in_eval_mode(run: RunIndex) -> Iterator[str]:
    """Yield a note where autograd recorded the call in eval mode."""
    observation = run.observation
    functions = [each.grad_fn for each in _tensors(observation.output) if each.grad_fn is not None]
    if observation.training is False and functions:
        one = observation.output is not None and observation.output.tensor is not None
        what = "the output" if one else "a tensor of the output"
        yield f"Eval mode did not turn gradients off: {what} has a `grad_fn`, `{functions[0]}`."


def inference_tensor_met_autograd(run: RunIndex) -> Iterator[str]:
    """Yield a note where the call raised because of a tensor of inference mode, as when autograd was to record it.

    Such a tensor has no version counter, which is how the record tells it.
    """
    observation = run.observation
    error = observation.error
    if error is None or error.type != "RuntimeError" or "inference tensor" not in error.message.lower():
        return
    given = [f"`{name}`" for name, value in observation.inputs for each in _tensors(value) if each.version is None]
    which = f" (input {given[0]} is one)" if given else ""
    if "saved for backward" in error.message:
        why = "autograd was to keep it for `backward()`, and cannot"
    elif "place update" in error.message:
        why = "outside of inference mode nothing may write into it"
    else:
        why = "outside of inference mode not all can be done with it"
    yield (
        f"The call raised because it met an inference tensor{which}, which was made under `torch.inference_mode()`: "
        f"{why}. A `clone()` that is made outside of inference mode is an ordinary tensor."
    )


def _tensors(value: Summary | None) -> list[TensorFacts]:
    """Return the facts of a tensor, or of the tensors in a container, as far as the record has them."""
    if value is None:
        return []
    if value.tensor is not None:
        return [value.tensor]
    return [facts for _, item in value.items for facts in _tensors(item)]
