"""The one guard over the state that torch and Python keep for the whole process.

The default random generator, the default dtype and the global module hooks belong to the process, not to a
thread, and dropout takes no generator of its own. So every run goes through one lock, and finds and leaves that
state as it was.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from sys import gettrace, settrace  # as they are now: a model may put others in their place
from time import sleep

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_source
from torch.utils.hooks import RemovableHandle

from explorer.runtime.call_modes import GradMode
from explorer.runtime.run_lock import LOCK
from explorer.runtime.torch_private.modes import outside_modes

PAUSE = 0.0002  # seconds: long enough for a waiting thread to wake up and take the lock


# The registries that hold hooks for every module of the process (torch/nn/modules/module.py).
GLOBAL_HOOK_REGISTRIES = (
    "_global_backward_pre_hooks",
    "_global_backward_hooks",
    "_global_forward_pre_hooks",
    "_global_forward_hooks",
    "_global_forward_hooks_always_called",
    "_global_forward_hooks_with_kwargs",
)
# Whether the global backward hooks are full ones; None until the first is registered.
GLOBAL_HOOK_FLAG = "_global_is_full_backward_hook"
# The registries that hold the hooks of one module. Those that repeat the ids of some of these hooks, as
# `_forward_hooks_with_kwargs` does, are left out.
MODULE_HOOK_REGISTRIES = tuple(name for name in vars(nn.Module()) if name.endswith("_hooks"))


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold the process's lock, and put the thread's trace and profile functions back at the end."""
    with LOCK:
        tracer, profiler = gettrace(), sys.getprofile()
        try:
            yield
        finally:
            if sys.getprofile() is not profiler:
                restore_profiler(profiler)
            if gettrace() is not tracer:
                settrace(tracer)


def give_way() -> None:
    """Let a thread that waits for the lock have it. Call it when the lock is free.

    A loop that takes the lock again at once would win each time: the other thread is woken when the lock is free, and
    comes too late.
    """
    if LOCK.waiting:
        sleep(PAUSE)


@contextmanager
def isolated(*, seed: int | None = None, random_state: Tensor | None = None) -> Iterator[None]:
    """Run with the process's torch state set aside, and restore it whatever happens.

    Inside there is no global hook, no autocast, and no mode of the caller's (a default device is one).

    seed: of the default generator, at the start.
    random_state: [5056] uint8, a state of the default generator to continue from instead.
    """
    with exclusive(), _outside_modes():
        state = torch.get_rng_state()
        dtype = torch.get_default_dtype()
        grad = torch.is_grad_enabled()
        hooks = {name: getattr(module_source, name).copy() for name in GLOBAL_HOOK_REGISTRIES}
        full = getattr(module_source, GLOBAL_HOOK_FLAG)
        next_id = RemovableHandle.next_id
        try:
            # A hook's id is a count over the process, and a local of `_call_impl`: equal runs must see equal ids.
            RemovableHandle.next_id = 0
            for name in hooks:
                getattr(module_source, name).clear()
            setattr(module_source, GLOBAL_HOOK_FLAG, None)
            if random_state is not None:
                torch.set_rng_state(random_state)
            elif seed is not None:
                torch.default_generator.manual_seed(seed)
            yield
        finally:
            torch.set_rng_state(state)
            torch.set_default_dtype(dtype)
            torch.set_grad_enabled(grad)
            RemovableHandle.next_id = next_id
            for name, before in hooks.items():
                registry = getattr(module_source, name)
                registry.clear()
                registry.update(before)
            setattr(module_source, GLOBAL_HOOK_FLAG, full)


@contextmanager
def _outside_modes() -> Iterator[None]:
    """Run outside of whatever modes the caller's thread is in, but for its grad mode."""
    with ExitStack() as modes:
        modes.enter_context(outside_modes())
        if torch.is_autocast_enabled("cpu"):
            modes.enter_context(torch.autocast("cpu", enabled=False))
        yield


def reserve_ids_of_hooks(model: nn.Module) -> None:
    """Have the next hook's id lie above those of the hooks that a model has.

    The model was made while ids were counted anew, and a hook with an id that is taken would replace the other hook.
    """
    reserve_hook_ids(first_free_hook_id(model))


def reserve_hook_ids(identity: int) -> None:
    """Have the next hook's id be no less than this."""
    RemovableHandle.next_id = max(RemovableHandle.next_id, identity)


def first_free_hook_id(model: nn.Module) -> int:
    """Return the least id above those of the hooks of a model; 0 where it has none."""
    states = map(vars, model.modules())
    registries = [hooks for state in states for hooks in map(state.get, MODULE_HOOK_REGISTRIES) if hooks]
    return max((1 + identity for hooks in registries for identity in hooks), default=0)


@contextmanager
def plain_tensors() -> Iterator[None]:
    """Make float32 tensors that can be trained, whatever modes the caller is in. Call it inside `exclusive()`."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(dtype)


@contextmanager
def grad_mode(mode: GradMode) -> Iterator[None]:
    """Run in this grad mode, whatever mode the caller is in; `enable_grad` alone would not end an inference mode."""
    with torch.inference_mode(mode == "inference_mode"), torch.set_grad_enabled(mode == "enabled"):
        yield


def current_grad_mode() -> GradMode:
    """Return the grad mode of this thread, measured."""
    if torch.is_inference_mode_enabled():
        return "inference_mode"
    return "enabled" if torch.is_grad_enabled() else "no_grad"


def restore_profiler(profiler: object) -> None:
    """Set the profile function again; one written in C (cProfile) cannot be set from Python, only enabled again."""
    sys.setprofile(None)
    if profiler is None:
        return
    if callable(profiler):
        sys.setprofile(profiler)
    else:
        profiler.enable()  # type: ignore[attr-defined]
