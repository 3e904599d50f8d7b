"""`model.compile(backend="eager")`, ready to be called: compiled already, and forgotten afterwards.

The first call of a compiled module compiles: torch reads the bytecode of `forward` and walks over the whole model to
do so. What the reader asks about is every call after that one, so a first call is made before the recorded one, and
its traces are removed: the buffers that it moved, the random numbers that it drew.

torch keeps its compiled code, and a patch of `Module.__init__`, for the whole process. Both are gone afterwards.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

import torch
from torch import nn

# Whether torch has yet to put its own `__init__` and `__setstate__` into `Module` (torch/_dynamo/mutation_guard.py).
PATCHED = ("__init__", "__setstate__", "___needs_generation_tag_patch")


@contextmanager
def compiled(model: nn.Module, call: Callable[[], object]) -> Iterator[None]:
    """Run with the model compiled by its first `call`. In the grad mode of the run; wants `isolated` around.

    Where the first call raises, so will each further one: torch then tries to compile anew at each of them. Otherwise
    nothing is compiled meanwhile that the first call has not: what looks on is Python too, and is left alone.
    """
    with _forgotten():
        model.compile(backend="eager")
        done = _tried(model, call)
        try:
            with torch.compiler.set_stance("eager_on_recompile") if done else nullcontext():
                yield
        finally:
            model._compiled_call_impl = None  # it holds the model, which would wait for the garbage collector


def _tried(model: nn.Module, call: Callable[[], object]) -> bool:
    """Make the first call, undo what it moved, and say whether torch compiled something that can be used again."""
    random = torch.get_rng_state()
    with torch.inference_mode(False), torch.no_grad():
        buffers = [
            (module, name, buffer)
            for module in model.modules()
            for name, buffer in module._buffers.items()
            if buffer is not None
        ]
        for module, name, buffer in buffers:
            module._buffers[name] = buffer.clone()  # the first call may write into these
    done = True
    try:
        call()
    except torch._dynamo.exc.TorchDynamoException:
        done = False
    except Exception:  # the model's own, or a hook's: what could be compiled was
        done = True
    for module, name, buffer in buffers:
        module._buffers[name] = buffer
    torch.set_rng_state(random)
    return done


@contextmanager
def _forgotten() -> Iterator[None]:
    """Put back what compiling leaves in the process."""
    import torch._dynamo  # a second and 90 MB, once, for those who ask for it

    kept = {name: vars(nn.Module)[name] for name in PATCHED if name in vars(nn.Module)}
    written = set(_generated())
    try:
        yield
    finally:
        torch._dynamo.reset()
        for name in PATCHED:
            if name in kept:
                setattr(nn.Module, name, kept[name])
            elif name in vars(nn.Module):
                delattr(nn.Module, name)
        for file in [file for file in _generated() if file not in written]:
            del _generated()[file]
            linecache.cache.pop(file, None)


def _generated() -> dict[str, str]:
    """The source of every graph that torch has written as Python, by the name of its file."""
    from torch.fx import graph_module

    found: dict[str, str] = {}
    with suppress(AttributeError):
        found = graph_module._loader.eval_cache
    return found
