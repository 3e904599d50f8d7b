"""Say what train or eval mode and grad mode led to, dropout apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from explorer.record import Observation
from explorer.wording import listed, times

STATISTICS = ("running_mean", "running_var")
# An encoder layer, or its attention alone, in one native operation (torch/nn/modules/transformer.py, activation.py).
FUSED: Mapping[str, str] = MappingProxyType(
    {
        "_transformer_encoder_layer_fwd": "TransformerEncoderLayer",
        "_native_multi_head_attention": "MultiheadAttention",
    }
)


def fast_path(observation: Observation) -> Iterator[str]:
    """Yield a note where one native operation did the work of a whole transformer layer."""
    fused = Counter(node.operation for node in observation.graph.nodes if node.operation in FUSED)
    if fused:
        done = [f"`{name}` did the work of a whole {FUSED[name]}, {times(number)}" for name, number in fused.items()]
        yield (
            f"torch took its fast path: {listed(done)}. It does so in eval mode, and only where no gradient is "
            "recorded."
        )


def running_statistics_changed(observation: Observation) -> Iterator[str]:
    """Yield a note where batch norm updated its running statistics."""
    changed = [buffer.name for buffer in observation.changed_buffers]
    running = sorted({name.rpartition(".")[0] or name for name in changed if name.rpartition(".")[2] in STATISTICS})
    if running:
        shown = ", ".join(f"`{name}`" for name in running[:3]) + (f" and {len(running) - 3} more" * (len(running) > 3))
        under = f", under `{observation.grad_mode}` too" if observation.grad_mode != "enabled" else ""
        yield f"This call moved the running statistics of {shown}{under}. In train mode each call updates them."


def nothing_recorded(observation: Observation) -> Iterator[str]:
    """Yield a note where autograd recorded nothing because of the grad mode."""
    facts = observation.output.tensor if observation.output else None
    without_grad = observation.training is not None and observation.grad_mode != "enabled"
    if facts is not None and without_grad and facts.grad_fn is None and not facts.requires_grad:
        yield f"Under `{observation.grad_mode}` autograd recorded nothing of this output: it has no `grad_fn`."


def gradients_in_eval_mode(observation: Observation) -> Iterator[str]:
    """Yield a note where autograd recorded the call in eval mode."""
    facts = observation.output.tensor if observation.output else None
    if facts is not None and observation.training is False and facts.grad_fn is not None:
        yield f"Eval mode did not turn gradients off: the output has a `grad_fn`, `{facts.grad_fn}`."
