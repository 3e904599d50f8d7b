"""The variance in closed form, where dropout is followed by linear operations only.

Dropout in train mode multiplies each activation h_i by m_i, which is 1 / (1 - p) with probability 1 - p and else 0:
mean 1, variance p / (1 - p) (N. Srivastava et al., JMLR 15 (2014) 1929-1958, in the scaling of `torch.nn.Dropout`).
Where the output y is affine in all the m_i together, and those are independent,

    Var(y_j) = Σ_i (∂y_j / ∂m_i)² p / (1 - p) = Σ_i w_ji² h_i² p / (1 - p).

Whether it is affine is read from the autograd graph of one run of the model in which each m_i is a leaf at 1: every
operation from there to the output must be one of those below. Then runs with drawn m_i must agree with the derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.experiment import Experiment
from explorer.measure.dropout.calls import StudyError, flatten, prepare_eager
from explorer.runtime.isolation import grad_mode, isolated

# Names of the backward functions of operations that are linear in all their inputs together.
SUMMING = ("Add", "Sub", "Neg", "Sum", "Mean", "Cat", "Stack", "AvgPool2D")
REARRANGING = (
    "View",
    "UnsafeView",
    "ReshapeAlias",
    "T",
    "Transpose",
    "Permute",
    "Select",
    "Slice",
    "Squeeze",
    "Unsqueeze",
)
LINEAR = frozenset((*SUMMING, *REARRANGING, "Expand", "Clone", "Alias"))
# Of operations that are linear in one input: which one may depend on a mask. A product of two masks is not affine.
LINEAR_IN: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "Mul": (0, 1),
        "Mm": (0, 1),
        "Bmm": (0, 1),
        "Mv": (0, 1),
        "Addmm": (0, 1, 2),
        "Linear": (0,),
        "Div": (0,),
        "Convolution": (0,),
    }
)
TRIALS = 32  # runs with drawn masks: a branch that depends on them shows in few of these
MOST_UNITS = 2048  # one backward pass each


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """The variance of each unit, or None, and one sentence on why."""

    variance: NDArray[np.float64] | None  # [units]
    because: str


def closed_form(experiment: Experiment) -> ClosedForm:
    """Return what theory says of repeated calls of this experiment; no variance where that is not certain."""
    with isolated(seed=experiment.seed):
        prepared = prepare_eager(experiment)
        try:
            return closed_form_of(prepared.model, prepared.args, lambda *args: prepared.function(*args))
        except StudyError:
            raise
        except Exception as error:  # of the reader's own model: a lazy module has no weights to freeze, say
            return ClosedForm(None, f"Looking for one raised {type(error).__name__}, so none is claimed.")


def closed_form_of(model: Any, inputs: tuple[Any, ...], call: Callable[..., Any] | None = None) -> ClosedForm:
    """Return the same for any model. Its parameters are frozen afterwards, and its buffers may have changed.

    Call it inside `isolated()`, since it draws from torch's default generator.

    call: what to call with the inputs; None is the model.
    """
    call = call or model
    masks = _Masks(model)
    with grad_mode("enabled"):
        before = torch.get_rng_state()
        output = flatten(call(*inputs))
        if not torch.equal(before, torch.get_rng_state()):
            return ClosedForm(None, "Random numbers are drawn elsewhere than in a plain Dropout module.")
        if not masks.used:
            return _without_dropout(output, flatten(call(*inputs)))
        if len(output) > MOST_UNITS:
            return ClosedForm(None, f"The output has more than {MOST_UNITS} units.")
        if not output.requires_grad:
            return ClosedForm(None, "Autograd does not see how the output depends on the dropout.")
        obstacle = _not_linear(output)
        if obstacle:
            return ClosedForm(None, f"After the dropout comes {obstacle}, which is not linear.")
        slopes = masks.slopes(output)  # per mask: [units, elements]
        if not masks.agree(lambda: flatten(call(*inputs)), output, slopes):
            return ClosedForm(None, "The output is not affine in what dropout multiplies by.")
    variance = sum((slope.double() ** 2).sum(1) * p / (1 - p) for slope, p in zip(slopes, masks.chances, strict=True))
    assert isinstance(variance, Tensor)
    return ClosedForm(variance.numpy(), "Dropout is followed by linear operations only: Var = Σ w² h² p / (1 - p).")


class _Masks:
    """Replaces `forward` of the model's active Dropout modules by a product with masks that autograd knows."""

    def __init__(self, model: Any) -> None:
        self.used: list[Tensor] = []  # in the order of the calls; all ones, unless `drawn`
        self.chances: list[float] = []
        self.drawn: list[Tensor] | None = None
        if not isinstance(model, nn.Module):
            return
        model.requires_grad_(False)  # what is left in the autograd graph depends on a mask
        for module in model.modules():
            # p = 0 and p = 1 draw nothing. Dropout in place or of another kind stays; it is found by its draws.
            if type(module) is nn.Dropout and module.training and not module.inplace and 0 < module.p < 1:
                module.forward = self._masked_forward(module.p)  # type: ignore[method-assign,assignment]

    def _masked_forward(self, p: float) -> Callable[[Tensor], Tensor]:
        """Return a `forward` that multiplies by the next drawn mask; by a new mask of ones while none are drawn."""

        def forward(input: Tensor) -> Tensor:
            if self.drawn is not None:
                return input * self.drawn.pop(0)
            mask = torch.ones_like(input, requires_grad=True)
            self.used.append(mask)
            self.chances.append(p)
            return input * mask

        return forward

    def slopes(self, output: Tensor) -> list[Tensor]:
        """Return the derivative of the output by each mask: [units, elements of the mask]."""
        rows = [torch.autograd.grad(unit, self.used, retain_graph=True, materialize_grads=True) for unit in output]
        return [torch.stack([row[k].reshape(-1) for row in rows]) for k in range(len(self.used))]

    def agree(self, run: Callable[[], Tensor], output: Tensor, slopes: list[Tensor]) -> bool:
        """Return whether the derivative predicts the output of runs with masks as dropout draws them."""
        drawn = [  # per mask: [trials, *its shape]
            torch.bernoulli(torch.full((TRIALS, *mask.shape), 1 - p, dtype=mask.dtype)) / (1 - p)
            for mask, p in zip(self.used, self.chances, strict=True)
        ]
        with torch.no_grad():
            results = [self._run_with(list(masks), run) for masks in zip(*map(torch.unbind, drawn), strict=True)]
        if any(result is None or result.shape != output.shape for result in results):
            return False
        origin = output.detach().double()  # [units]
        predicted = origin.repeat(TRIALS, 1)  # [trials, units]
        for masks, slope in zip(drawn, slopes, strict=True):
            predicted += (masks.reshape(TRIALS, -1).double() - 1) @ slope.double().T
        measured = torch.stack([result for result in results if result is not None]).double()  # [trials, units]
        scale = origin.abs().max() + predicted.abs().amax(1, keepdim=True)
        return bool(((measured - predicted).abs() <= 1e-5 * scale + 1e-4 * predicted.abs()).all())

    def _run_with(self, drawn: list[Tensor], run: Callable[[], Tensor]) -> Tensor | None:
        """Return the output with these masks; None where dropout did not run as before."""
        self.drawn = drawn
        try:
            measured = run()
        except (IndexError, RuntimeError):  # more dropouts ran than before, or of other shapes
            return None
        return None if self.drawn else measured  # else fewer ran


def _without_dropout(first: Tensor, second: Tensor) -> ClosedForm:
    """Return a variance of zero where two calls gave the same output; else none is claimed."""
    if not torch.equal(first, second):
        return ClosedForm(None, "The calls differ although nothing random was drawn: the model keeps state.")
    return ClosedForm(np.zeros(len(first)), "No dropout is active and nothing random is drawn: each call repeats.")


def _not_linear(output: Tensor) -> str | None:
    """Return the first operation, from the output back to the masks, that is not linear; None where all are."""
    waiting, seen = [output.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        name = node.name().split("Backward")[0].removeprefix("torch::autograd::")
        inputs = [position for position, (before, _) in enumerate(node.next_functions) if before is not None]
        one = LINEAR_IN.get(name)
        linear = name in LINEAR or name == "AccumulateGrad" or (one and len(inputs) <= 1 and set(inputs) <= set(one))
        if not linear:
            return f"`{name}`"
        waiting.extend(before for before, _ in node.next_functions)
    return None
