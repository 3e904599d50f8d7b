"""Which run is meant: frozen, hashable, validated, and one-to-one with the page's URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CallStyle = Literal["call", "forward"]
GradMode = Literal["enabled", "no_grad", "inference_mode"]
HookAction = Literal["observe", "double"]


class ExperimentError(ValueError):
    """A field's value is not one that the experiment can have; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A forward hook to register before the call."""

    at: str = ""  # dotted path of the module; "" is the outermost
    action: HookAction = "observe"


@dataclass(frozen=True)
class Experiment:
    """One run.

    `batch`, `size` and `p` may be None, which stands for the entry's default; after construction they hold
    the number itself, and None only where the entry has no such setting.

    Raises ExperimentError where a value is not one of the choices.
    """

    model: str = "cnn"
    call: CallStyle = "call"
    training: bool = True
    grad: GradMode = "enabled"
    hooks: tuple[Hook, ...] = ()
    seed: int = 0
    batch: int | None = None
    size: int | None = None
    p: float | None = None

    def to_params(self) -> dict[str, str]:
        """The URL's parameters; what equals the default is left out."""
        raise NotImplementedError

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> tuple[Experiment, tuple[str, ...]]:
        """The experiment that the parameters ask for, and a sentence for each that was not understood."""
        raise NotImplementedError
