"""`model.compile(backend="eager")`, ready to be called: compiled already, and gone afterwards.

The first call of a compiled module compiles: torch reads the bytecode of `forward` and walks over the whole model to
do so. The record is to show the calls after that one, so a first call is made before the recorded one, on copies of
the inputs and of the model's parameters, buffers and other attributes.

torch keeps its compiled code, and a patch of `Module.__init__`, for the whole process. Both are gone afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import nn

from explorer.runtime.entry_modes.compiler_state import restoring_compiler_state
from explorer.runtime.entry_modes.copied_state import with_copied_state

Call = Callable[[tuple[Any, ...], Mapping[str, Any]], object]


@contextmanager
def compiled(model: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], call: Call) -> Iterator[None]:
    """Run with the model compiled by its first `call`. Call it inside `isolated()`, in the grad mode of the run.

    Where torch cannot compile the model, the first call and each later one try it and raise. Otherwise the later calls
    use what the first one compiled, and whatever else they meet runs as plain Python.
    """
    with restoring_compiler_state(model):
        model.compile(backend="eager", isolate_recompiles=True)
        compiles = _compile_by_calling(model, args, kwargs, call)
        with torch.compiler.set_stance("eager_on_recompile") if compiles else nullcontext():
            yield


def _compile_by_calling(model: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], call: Call) -> bool:
    """Make the first call, and return whether torch compiled something that can be used again."""
    with with_copied_state(model, args, kwargs) as inputs:
        try:
            call(*inputs)
        except torch._dynamo.exc.TorchDynamoException:
            return False
        except Exception:  # the model's own, or a hook's: what could be compiled was
            return True
    return True
