"""What compiling leaves in the process is removed afterwards; what the caller compiled, and torch's notes on it, stay.

All of torch's compiler that is used here is private (see `runtime/torch_private/names.py`): measured on torch 2.13.0.

`torch._dynamo.reset()` would drop the caller's compiled code as well. So torch is given a list of its own for the
code that it is about to see, and a region of its own for what it makes of it. Code that it had not seen before is
reset. Where the caller compiled the same code too, only the entry made here is emptied: torch has no way to take it
out, and counts it among the 256 that it allows one function.
"""

from __future__ import annotations

import linecache
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import CodeType
from typing import Any
from weakref import finalize

from torch import nn

# Whether torch has yet to put its own `__init__` and `__setstate__` into `Module` (torch/_dynamo/mutation_guard.py).
PATCHED = ("__init__", "__setstate__", "___needs_generation_tag_patch")


@contextmanager
def restoring_compiler_state(model: nn.Module) -> Iterator[None]:
    """Run with `model.compile(isolate_recompiles=True)` allowed, and remove what it left behind afterwards.

    It is about the whole process: call it inside `exclusive()`.
    """
    finalizers = _finalizers()  # loads torch's compiler: a second and 90 MB, once in a process
    patches = {name: vars(nn.Module)[name] for name in PATCHED if name in vars(nn.Module)}
    files_before, before = set(_generated_files()), model._compiled_call_impl
    try:
        with _separate_notes() as remove:
            try:
                yield
            finally:
                made, model._compiled_call_impl = model._compiled_call_impl, before
                remove(getattr(made, "_isolate_recompiles_id", None))
                del made  # it refers to the model, which would wait for the garbage collector
    finally:
        for name in PATCHED:
            if name in patches:
                setattr(nn.Module, name, patches[name])
            elif name in vars(nn.Module):
                delattr(nn.Module, name)
        for finalizer in _finalizers() - finalizers:
            finalizer.detach()
        for file in [file for file in _generated_files() if file not in files_before]:
            del _generated_files()[file]
            linecache.cache.pop(file, None)


@contextmanager
def _separate_notes() -> Iterator[Callable[[int | None], None]]:
    """Let torch note what it compiles in tables of this run. Yields what removes the code of a region noted there."""
    from torch._dynamo import convert_frame, pgo, utils
    from torch._dynamo.resume_execution import ContinueExecutionCache

    seen, made, resumed = convert_frame.input_codes, convert_frame.output_codes, ContinueExecutionCache.cache
    frames, compiles = convert_frame.FRAME_COUNTER, convert_frame.FRAME_COMPILE_COUNTER.copy()
    profile, warned, breaks = pgo._CODE_STATE, set(utils.warn_once_cache), len(utils.graph_break_reasons)
    failures = {code: len(reasons) for code, reasons in utils.guard_failures.items()}
    convert_frame.input_codes, convert_frame.output_codes = convert_frame.Tracker(), convert_frame.Tracker()
    ContinueExecutionCache.cache = utils.ExactWeakKeyDictionary()
    pgo._CODE_STATE = defaultdict(pgo.CodeState)

    def remove(region: int | None) -> None:
        for weak in (*convert_frame.input_codes.seen, *convert_frame.output_codes.seen):
            code = weak()
            if code is not None and not _remove(code, region, known=code in seen or code in made):
                seen.add(code)

    try:
        yield remove
    finally:
        convert_frame.input_codes, convert_frame.output_codes = seen, made
        ContinueExecutionCache.cache = resumed
        convert_frame.FRAME_COUNTER, pgo._CODE_STATE = frames, profile
        convert_frame.FRAME_COMPILE_COUNTER.clear()
        convert_frame.FRAME_COMPILE_COUNTER.update(compiles)
        utils.warn_once_cache.clear()
        utils.warn_once_cache.update(warned)
        del utils.graph_break_reasons[breaks:]
        for code in list(utils.guard_failures):
            del utils.guard_failures[code][failures.get(code, 0) :]
            if code not in failures:
                del utils.guard_failures[code]


def _remove(code: CodeType, region: int | None, *, known: bool) -> bool:
    """Remove what was compiled of this code; return False where something stays with it that is not of this region."""
    from torch._C._dynamo import eval_frame
    from torch._dynamo.guards import DeletedGuardManagerWrapper

    ours = [] if region is None else eval_frame._get_cache_entries_for_region(code, region)
    if not known and eval_frame._get_total_cache_entry_count(code) == len(ours):
        eval_frame.reset_code(code)
        return True
    for entry in ours:
        extra = entry.guard_manager.extra_state
        if extra is not None:
            extra.invalidate(entry, DeletedGuardManagerWrapper("The run that this was compiled for is over"))
    return False


def _finalizers() -> set[finalize[..., Any]]:
    """Return what torch does when an object that compiled code relies on dies: torch's functions never die."""
    from torch._dynamo.guards import CheckFunctionManager

    found = set()
    for finalizer in list(getattr(finalize, "_registry", ())):
        alive = finalizer.peek()
        call = alive[1] if alive is not None else None
        if isinstance(call, partial) and isinstance(getattr(call.func, "__self__", None), CheckFunctionManager):
            found.add(finalizer)
    return found


def _generated_files() -> dict[str, str]:
    """Return the source of every graph that torch has written as Python, by the name of its file."""
    from torch.fx import graph_module

    found: dict[str, str] = {}
    with suppress(AttributeError):
        found = graph_module._loader.eval_cache
    return found
