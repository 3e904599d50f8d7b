"""The ways in which a call can be made. The first of each is the default."""

from __future__ import annotations

from typing import Literal

CallStyle = Literal["call", "forward"]  # `model(x)` or `model.forward(x)`
GradMode = Literal["enabled", "no_grad", "inference_mode"]
# As the model is, after `model.compile(backend="eager")`, or inside `torch.jit.trace`.
EntryMode = Literal["eager", "compile", "jit.trace"]
