"""The words that an experiment is spelled with. They live apart so that no room needs another to name them."""

from __future__ import annotations

from typing import Literal

CallStyle = Literal["call", "forward"]
GradMode = Literal["enabled", "no_grad", "inference_mode"]
HookAction = Literal["observe", "double"]
