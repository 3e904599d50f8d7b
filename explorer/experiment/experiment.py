"""Which run is meant: frozen, hashable, validated, and one-to-one with the page's URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from explorer.catalog import default_model, entry
from explorer.catalog.hooks.hook import Hook, HookAction, HookKind
from explorer.experiment.checks import (
    SEEDS,
    ExperimentError,
    check_choice,
    check_decimal,
    check_entry_mode,
    check_hooks,
    check_model,
    check_switch,
    check_whole,
)
from explorer.experiment.hook_parameters import hook_to_text
from explorer.experiment.parameters import read
from explorer.runtime.call_modes import CallStyle, EntryMode, GradMode

__all__ = ["CallStyle", "EntryMode", "Experiment", "ExperimentError", "GradMode", "Hook", "HookAction", "HookKind"]


@dataclass(frozen=True)
class Experiment:
    """One run.

    model: a key of `explorer.catalog.entries()`.
    call: `model(x)` or `model.forward(x)`.
    training: the model's mode during the run; without effect where the entry is no module.
    hooks: at most 8, registered in this order; none where the entry is no module.
    seed: 0 .. 2**31 - 1, for the weights, the input and what the run draws.
    batch: rows of the input. size: side of an image in pixels, or steps of a sequence.
    p: dropout probability, rounded to two decimals.

    keyword: whether the input is passed by name, `model(x=x)`.
    entry_mode: "eager" calls the object as it is; "compile" after `model.compile(backend="eager")`; "jit.trace" inside
        `torch.jit.trace`. The last two only where the entry is a module. The URL's parameter is `via`.
    backward: whether `loss.backward()` follows the call; the loss is the sum of the output's elements.

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
    keyword: bool = False
    entry_mode: EntryMode = "eager"
    backward: bool = False

    def __post_init__(self) -> None:
        model = check_model(self.model)
        found = entry(model)
        checked: dict[str, Any] = {
            "model": model,
            "training": check_switch("training", self.training),
            "call": check_choice("call", self.call, get_args(CallStyle)),
            "grad": check_choice("grad", self.grad, get_args(GradMode)),
            "hooks": check_hooks(self.hooks, model),
            "seed": check_whole("seed", self.seed, SEEDS, model),
            "batch": check_whole("batch", self.batch, found.batch, model),
            "size": check_whole("size", self.size, found.size, model),
            "p": check_decimal("p", self.p, found.p, model),
            "keyword": check_switch("keyword", self.keyword),
            "entry_mode": check_entry_mode("entry_mode", self.entry_mode, model),
            "backward": check_switch("backward", self.backward),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def to_params(self) -> dict[str, str]:
        """The URL's parameters; what equals the default is left out.

        Several hooks are joined by commas: `hook=observe,double&at=conv1,` is one on conv1, one on the outermost. What
        a hook has beyond its action stands before it: `hook=forward_pre:with_kwargs:double`.
        """
        usual = Experiment(model=self.model)
        params = {
            "model": self.model if self.model != default_model() else "",
            "call": self.call if self.call != usual.call else "",
            "mode": "" if self.training else "eval",
            "grad": self.grad if self.grad != usual.grad else "",
            "hook": ",".join(hook_to_text(hook) for hook in self.hooks),
            "at": ",".join(hook.at for hook in self.hooks) if any(hook.at for hook in self.hooks) else "",
            "seed": str(self.seed) if self.seed != usual.seed else "",
            "batch": str(self.batch) if self.batch != usual.batch else "",
            "size": str(self.size) if self.size != usual.size else "",
            "p": f"{self.p:g}" if self.p != usual.p else "",
            "keyword": "true" if self.keyword else "",
            "via": self.entry_mode if self.entry_mode != usual.entry_mode else "",
            "backward": "true" if self.backward else "",
        }
        return {name: value for name, value in params.items() if value}

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> tuple[Experiment, tuple[str, ...]]:
        """The experiment that the parameters ask for, and a sentence for each that was not understood.

        Never raises. Parameters of other names are somebody else's, and left alone.
        """
        fields, doubts = read(params)
        return cls(**fields), doubts
