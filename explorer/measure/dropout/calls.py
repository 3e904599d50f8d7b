"""Call one model on one input again and again, a time slice at a time.

A time slice holds torch's lock for some 80 ms and then releases it, so that other runs need not wait for a long study.
Between two slices the random generator's state is kept here, so the outputs are those of one uninterrupted loop.
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
from explorer.experiment.prepare import PreparedCall, prepare
from explorer.runtime.isolation import grad_mode, isolated, reserve_ids_of_hooks
from explorer.runtime.torch_private.operators import below_autograd

Samples = NDArray[np.floating]

SLICE_SECONDS = 0.08  # of calls, while the lock is held
READ_SINGLY = 8  # the first calls, whose outputs are read one by one to measure how long calling and reading take
SLICE_BYTES = 2**24  # of outputs in one time slice
# Reading one output into NumPy takes a tenth of a cheap call's time, so several are read at once: as many as bring
# reading down to this share of the time. Until it is read an output keeps its autograd graph in memory, and the graphs
# of more outputs than these would no longer fit into the processor's caches.
READING_SHARE = 0.01
MOST_READ_AT_ONCE = 128


class StudyError(ValueError):
    """The study cannot be made; the message says why and what to do."""


class RepeatedCalls:
    """The calls of one experiment, in order.

    Raises StudyError where the entry cannot be called, or its call raises.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.done = 0
        self._random_state: Tensor | None = None
        self.seconds = 0.0  # of one call and its reading, as last measured
        self._read_at_once = 1  # outputs
        with isolated(seed=experiment.seed):
            prepared = prepare_eager(experiment)
            self.model, self.call, self.inputs = prepared.model, prepared.function, prepared.args
            self._called = "model.forward(x)" if prepared.style == "forward" else "model(x)"
            self.eval_output: NDArray[np.floating] = self._in_eval_mode()  # [units]

    @property
    def units(self) -> int:
        """Elements of one output."""
        return len(self.eval_output)

    def advance(self, at_most: int) -> Samples:
        """Make the calls of one time slice, `at_most` so many, and return their outputs: [calls, units].

        The random generator is seeded with the experiment's seed before the first call, and never again.
        """
        most = min(at_most, max(1, SLICE_BYTES // (4 * max(self.units, 1))))
        start = isolated(seed=self.experiment.seed) if self._random_state is None else None
        with start or isolated(random_state=self._random_state):
            self._register_global_hooks()
            with grad_mode(self.experiment.grad):
                blocks = self._blocks(most)
            self._random_state = torch.get_rng_state()
        self.done += sum(map(len, blocks))
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def _blocks(self, most: int) -> list[Samples]:
        """Return the outputs of the calls that fit into one time slice, at least one: an array for each reading.

        Measure how long calling and reading take.
        """
        blocks: list[Samples] = []
        made, calling, reading = 0, 0.0, 0.0
        begun = now = perf_counter()
        while made < most and (not made or now - begun + self.seconds < SLICE_SECONDS):
            fitting = int((begun + SLICE_SECONDS - now) / self.seconds) if self.seconds else 1
            count = max(1, min(self._read_at_once, most - made, fitting))
            outputs = self._outputs(count)
            called = perf_counter()
            blocks.append(self._read(outputs))
            read = perf_counter()
            del outputs  # with their graphs, before the next are made
            made += count
            calling += called - now
            reading += read - called
            self.seconds = (calling + reading) / made
            if self.done + made >= READ_SINGLY:
                self._read_at_once = _outputs_at_once(calling / made, reading / len(blocks))
            now = perf_counter()
        return blocks

    def _read(self, outputs: list[Any]) -> Samples:
        """Return the outputs as [calls, units]. Raises StudyError where a call gave another number of units."""
        rows = read_outputs(outputs)
        if rows.shape[1] != self.units:
            raise StudyError(
                f"One call gave {self.units:,} numbers and another {rows.shape[1]:,}; there are no fixed units."
            )
        return rows

    def _outputs(self, count: int) -> list[Any]:
        """Make so many calls."""
        try:
            return list(starmap(self.call, repeat(self.inputs, count)))
        except Exception as error:
            raise _study_error(self._called, self.experiment, error) from error

    def _register_global_hooks(self) -> None:
        """Register the experiment's global hooks: `isolated()` begins without any, and removes them at its end."""
        hooks = [hook for hook in self.experiment.hooks if hook.is_global]
        if hooks and isinstance(self.model, nn.Module):
            reserve_ids_of_hooks(self.model)
            register(self.model, hooks)

    def _in_eval_mode(self) -> NDArray[np.floating]:
        """Return the output of one call in eval mode: [units]. Afterwards the model is in the experiment's mode."""
        try:
            with grad_mode(self.experiment.grad):
                if not isinstance(self.model, nn.Module):
                    return read_output(self.call(*self.inputs))
                self.model.eval()
                output = read_output(self.call(*self.inputs))
                self.model.train(bool(self.experiment.training))
                return output
        except StudyError:
            raise
        except Exception as error:
            raise _study_error(self._called, self.experiment, error) from error


def _outputs_at_once(call: float, reading: float) -> int:
    """Return how many outputs to read at once, where a call and a reading take so many seconds."""
    return max(1, min(round(reading / (READING_SHARE * max(call, 1e-9))), MOST_READ_AT_ONCE))


def prepare_eager(experiment: Experiment) -> PreparedCall:
    """Prepare the same calls without a compiler or a tracer around each; they return the same, bit for bit.

    Given `model.forward`, `torch.jit.trace` may call the model instead, with its hooks; then these calls do so too.
    Call it inside `isolated()`.
    """
    prepared = prepare(experiment)
    return replace(prepared, entry_mode="eager", style="call" if prepared.attribute == "__call__" else "forward")


def flatten(output: Any) -> Tensor:
    """Return every number of an output, in order: [units]. Raises StudyError where there is none."""
    if isinstance(output, Tensor):
        return output.reshape(-1)
    if isinstance(output, (bool, int, float)):
        return torch.tensor([output], dtype=torch.float64)
    items = output.values() if isinstance(output, Mapping) else output if isinstance(output, (tuple, list)) else ()
    tensors = [flatten(item) for item in items if item is not None]
    if tensors:
        return torch.cat(tensors)
    raise StudyError(f"The call returned a {type(output).__name__}, which holds no numbers to study.")


def read_outputs(outputs: list[Any]) -> Samples:
    """Return the outputs as an array: [calls, units]. Raises StudyError where they are not numbers of one shape."""
    try:
        # As `no_grad`, in a tenth of its time; nothing in here writes or makes a view that is kept.
        with below_autograd():
            samples: Samples = _stacked(outputs).numpy()
        return samples.reshape(len(outputs), samples.size // len(outputs))
    except (RuntimeError, TypeError) as error:
        why = str(error).partition("\n")[0]
        raise StudyError(f"What the call returned cannot be read as numbers: {why}") from error


def _stacked(outputs: list[Any]) -> Tensor:
    """Return the outputs as one tensor, in a dtype that NumPy has: [calls, ...]."""
    try:
        stacked = torch.stack(outputs)
    except TypeError:  # they are not all tensors
        outputs = [flatten(output) for output in outputs]
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
    """Raise StudyError where the outputs have different shapes."""
    if len({output.shape for output in outputs}) > 1:
        raise StudyError("The output's shape changes from call to call; there are no fixed units.")


def read_output(output: Any) -> Samples:
    """Return one output as an array: [units]. Raises StudyError where it has no numbers."""
    row: Samples = read_outputs([output])[0]
    if not row.size:
        raise StudyError("The call returned nothing but empty tensors: there are no numbers to study.")
    return row


def _study_error(called: str, experiment: Experiment, error: Exception) -> StudyError:
    """Say in a sentence that the call raised."""
    return StudyError(
        f"{called} on {entry(experiment.model).title} raised {type(error).__name__}: {error}. "
        "There is no output to study: choose another model, or settings with which it returns."
    )
