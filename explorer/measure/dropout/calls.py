"""One model, one input, called again and again, a turn at a time.

A turn holds torch's lock for some 80 ms and gives it back, so that a long study blocks nobody. Between two turns the
random generator's state is kept here, which makes the outputs the very ones of one uninterrupted loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import repeat, starmap
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.catalog import entry
from explorer.catalog.hooks import register
from explorer.experiment import Experiment
from explorer.experiment.prepare import Prepared, prepare
from explorer.measure.dropout.errors import StudyError
from explorer.runtime.isolation import grad_mode, isolated, reserve_ids_of_hooks
from explorer.runtime.torch_private.operators import below_autograd

Samples = NDArray[np.floating]

TURN = 0.08  # seconds of calls while the lock is held
FIRST = 8  # calls that are read one by one, which measures how long each part takes
TURN_BYTES = 2**24  # of outputs in one turn
# Reading an output takes a tenth of a cheap call's time, so that several wait and are read together: as many as bring
# that share down to this. Each keeps its autograd graph meanwhile, and those of more cheap calls would fill the caches.
SHARE = 0.01
MOST_TOGETHER = 128


class RepeatedCalls:
    """The calls of one experiment, in order.

    Raises StudyError where the entry cannot be called, or its call raises.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.done = 0
        self._random_state: Tensor | None = None
        self.seconds = 0.0  # of one call and its reading, as last measured
        self._together = 1  # outputs that are read together
        with isolated(seed=experiment.seed):
            prepared = plainly(experiment)
            self.model, self.call, self.inputs = prepared.model, prepared.function, prepared.args
            self._called = "model.forward(x)" if prepared.style == "forward" else "model(x)"
            self.eval_output: NDArray[np.floating] = self._in_eval_mode()  # [units]

    @property
    def units(self) -> int:
        """Elements of one output."""
        return len(self.eval_output)

    def advance(self, at_most: int) -> Samples:
        """Make the next calls, at most so many, and give their outputs: [calls, units].

        The random generator is seeded with the experiment's seed before the first call, and never again.
        """
        most = min(at_most, max(1, TURN_BYTES // (4 * max(self.units, 1))))
        start = isolated(seed=self.experiment.seed) if self._random_state is None else None
        with start or isolated(random_state=self._random_state):
            self._register_global_hooks()
            with grad_mode(self.experiment.grad):
                blocks = self._blocks(most)
            self._random_state = torch.get_rng_state()
        self.done += sum(map(len, blocks))
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def _blocks(self, most: int) -> list[Samples]:
        """The outputs of the calls that fit into one turn, at least one; those that were read together in one array.

        Measures both parts of it.
        """
        blocks: list[Samples] = []
        made, calling, reading = 0, 0.0, 0.0
        begun = now = perf_counter()
        while made < most and (not made or now - begun + self.seconds < TURN):
            fitting = int((begun + TURN - now) / self.seconds) if self.seconds else 1
            count = max(1, min(self._together, most - made, fitting))
            outputs = self._outputs(count)
            called = perf_counter()
            blocks.append(self._rows(outputs))
            read = perf_counter()
            del outputs  # with their graphs, before the next are made
            made += count
            calling += called - now
            reading += read - called
            self.seconds = (calling + reading) / made
            if self.done + made >= FIRST:
                self._together = _together(calling / made, reading / len(blocks))
            now = perf_counter()
        return blocks

    def _rows(self, outputs: list[Any]) -> Samples:
        rows = _rows(outputs)
        if rows.shape[1] != self.units:
            raise StudyError(
                f"One call gave {self.units:,} numbers and another {rows.shape[1]:,}; there are no fixed units."
            )
        return rows

    def _outputs(self, count: int) -> list[Any]:
        try:
            return list(starmap(self.call, repeat(self.inputs, count)))
        except Exception as error:
            raise _raised(self._called, self.experiment, error) from error

    def _register_global_hooks(self) -> None:
        """A guarded run begins with none, and those that were registered with the model went with that guard."""
        hooks = [hook for hook in self.experiment.hooks if hook.is_global]
        if hooks and isinstance(self.model, nn.Module):
            reserve_ids_of_hooks(self.model)
            register(self.model, hooks)

    def _in_eval_mode(self) -> NDArray[np.floating]:
        """[units]: the reference, before any other call; the model is back in its own mode afterwards."""
        try:
            with grad_mode(self.experiment.grad):
                if not isinstance(self.model, nn.Module):
                    return _row(self.call(*self.inputs))
                self.model.eval()
                output = _row(self.call(*self.inputs))
                self.model.train(self.experiment.training)
                return output
        except StudyError:
            raise
        except Exception as error:
            raise _raised(self._called, self.experiment, error) from error


def _together(call: float, reading: float) -> int:
    """How many outputs to read together, where a call and a reading take so many seconds."""
    return max(1, min(round(reading / (SHARE * max(call, 1e-9))), MOST_TOGETHER))


def plainly(experiment: Experiment) -> Prepared:
    """What makes the same calls without a compiler or a tracer around each: what they return is the same, bit for bit.

    `torch.jit.trace` may call the model where it is given `model.forward`, and hooks run: then the model is called.
    Wants `isolated` around.
    """
    prepared = prepare(experiment)
    return replace(prepared, via="eager", style="call" if prepared.attribute == "__call__" else "forward")


def flat(output: Any) -> Tensor:
    """[units]: every number of an output, in order. Raises StudyError where it holds none."""
    if isinstance(output, Tensor):
        return output.reshape(-1)
    if isinstance(output, (bool, int, float)):
        return torch.tensor([output], dtype=torch.float64)
    items = output.values() if isinstance(output, Mapping) else output if isinstance(output, (tuple, list)) else ()
    tensors = [flat(item) for item in items if item is not None]
    if tensors:
        return torch.cat(tensors)
    raise StudyError(f"The call returned a {type(output).__name__}, which holds no numbers to study.")


def _rows(outputs: list[Any]) -> Samples:
    """[calls, units]"""
    try:
        # As `no_grad`, in a tenth of its time; nothing in here writes or makes a view that is kept.
        with below_autograd():
            samples: Samples = _stacked(outputs).numpy()
        return samples.reshape(len(outputs), samples.size // len(outputs))
    except (RuntimeError, TypeError) as error:
        why = str(error).partition("\n")[0]
        raise StudyError(f"What the call returned cannot be read as numbers: {why}") from error


def _stacked(outputs: list[Any]) -> Tensor:
    """[calls, ...], in a dtype that NumPy has."""
    try:
        stacked = torch.stack(outputs)
    except TypeError:  # they are not all tensors
        outputs = [flat(output) for output in outputs]
        _check_shapes(outputs)
        stacked = torch.stack(outputs)
    except RuntimeError:
        _check_shapes(outputs)
        raise
    if stacked.dtype is not torch.float32 and stacked.dtype is not torch.float64:
        if stacked.is_complex():
            raise StudyError("The output is complex; the study is of real numbers.")
        stacked = stacked.to(torch.float64)
    return stacked if stacked.layout is torch.strided else stacked.to_dense()


def _check_shapes(outputs: list[Tensor]) -> None:
    if len({output.shape for output in outputs}) > 1:
        raise StudyError("The output's shape changes from call to call; there are no fixed units.")


def _row(output: Any) -> Samples:
    """[units]"""
    row: Samples = _rows([output])[0]
    if not row.size:
        raise StudyError("The call returned nothing but empty tensors: there are no numbers to study.")
    return row


def _raised(called: str, experiment: Experiment, error: Exception) -> StudyError:
    return StudyError(
        f"{called} on {entry(experiment.model).title} raised {type(error).__name__}: {error}. "
        "There is no output to study: choose another model, or settings with which it returns."
    )
