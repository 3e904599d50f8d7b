"""Which run is meant: frozen, hashable, checked, and one-to-one with the page's URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.catalog.hooks.hook import Hook
from explorer.experiment.settings import SETTINGS
from explorer.runtime.call_modes import CallStyle, EntryMode, GradMode


@dataclass(frozen=True)
class Experiment:
    """One run. Its fields and their defaults are those of the table in `explorer.experiment.settings`.

    model: a key of `explorer.catalog.entries()`.
    call: `model(x)` or `model.forward(x)`.
    training: the model's mode during the run: True for train, False for eval; without effect where the entry is no
        module. The default is the entry's: eval for `digits`, which is there to predict, train for all others.
    hooks: at most 8, registered in this order; none where the entry is no module.
    seed: 0 .. 2**31 - 1, for the weights and the input, where none are stored, and for what the run draws.
    batch: rows of the input. size: side of an image in pixels, or steps of a sequence.
    digit: which handwritten digit is the first row, by its name: "7", "7-hard". A whole number stands for its name.
    p: dropout probability, rounded to two decimals.

    keyword: whether the input is passed by name, `model(x=x)`.
    entry_mode: "eager" calls the object as it is; "compile" after `model.compile(backend="eager")`; "jit.trace" inside
        `torch.jit.trace`. The last two only where the entry is a module. The URL's parameter is `via`.
    backward: whether `loss.backward()` follows the call; the loss is the sum of the output's elements.

    `training`, `batch`, `size`, `digit` and `p` may be None, which stands for the entry's default; after construction
    they hold the value itself, and None only where the entry has no such setting.

    Raises ExperimentError where a value is not one of the choices.
    """

    model: str = "cnn"  # a key of the catalogue
    call: CallStyle = "call"  # "call" or "forward"
    training: bool | None = None  # train or eval mode; None stands for the entry's own until it is replaced by it
    grad: GradMode = "enabled"  # "enabled", "no_grad" or "inference_mode"
    hooks: tuple[Hook, ...] = ()  # in the order in which they are registered
    seed: int = 0  # of what is drawn: weights and input, where none are stored, and what the run draws
    batch: int | None = None  # rows of the input
    size: int | None = None  # side of an image in pixels, or steps of a sequence
    digit: str | None = None  # the handwritten digit in the first row: "7", "7-hard"
    p: float | None = None  # dropout probability
    keyword: bool = False  # whether the input is passed by name
    entry_mode: EntryMode = "eager"  # "eager", "compile" or "jit.trace"
    backward: bool = False  # whether `loss.backward()` follows

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {}
        for setting in SETTINGS:  # the model is the first, and the others depend on it
            checked[setting.name] = setting.check(getattr(self, setting.name), checked.get("model", ""))
        self._set(checked)

    def to_params(self) -> dict[str, str]:
        """Return the URL's parameters; what equals the default is left out."""
        params: dict[str, str] = {}
        for setting in SETTINGS:
            params |= setting.to_params(getattr(self, setting.name), self.model)
        return params

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> tuple[Experiment, tuple[str, ...]]:
        """Return the experiment that the parameters ask for, and a sentence for each that was not understood.

        Never raises. Parameters of other names are left alone.
        """
        checked: dict[str, Any] = {}
        sentences: list[str] = []
        for setting in SETTINGS:
            checked[setting.name], problems = setting.read(params, checked.get("model", ""))
            sentences += problems
        found = cls.__new__(cls)  # reading has checked each value: `__post_init__` would do so again
        found._set(checked)
        return found, tuple(sentences)

    def _set(self, checked: Mapping[str, Any]) -> None:
        for name, value in checked.items():
            object.__setattr__(self, name, value)
