"""The words that an experiment is spelled with. They live apart so that no room needs another to name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The first of each is the default.
CallStyle = Literal["call", "forward"]
GradMode = Literal["enabled", "no_grad", "inference_mode"]
HookAction = Literal["observe", "double"]


@dataclass(frozen=True, slots=True)
class Hook:
    """A forward hook to register before the call."""

    at: str = ""  # dotted path of the module; "" is the outermost
    action: HookAction = "observe"
