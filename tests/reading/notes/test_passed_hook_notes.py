"""Hooks that were passed by, because a `forward` was called directly."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.modules import module as module_source

from explorer import observe_call
from explorer.reading.narration.narrator import narrate

REGISTER = {
    "forward hook": nn.Module.register_forward_hook,
    "forward pre-hook": nn.Module.register_forward_pre_hook,
    "backward hook": nn.Module.register_full_backward_hook,
    "backward pre-hook": nn.Module.register_full_backward_pre_hook,
}


class Deep(nn.Module):
    """Calls its child's `forward` directly, `depth` modules below the outermost one."""

    def __init__(self, depth):
        super().__init__()
        self.child = nn.Linear(2, 2) if depth == 0 else Deep(depth - 1)
        self.depth = depth

    def forward(self, x):
        return self.child.forward(x) if self.depth == 0 else self.child(x)


def nothing(*args):
    return None


@pytest.mark.parametrize("kind", REGISTER)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_hook_of_any_kind_that_is_passed_by_is_in_a_note(kind, depth):
    model = Deep(depth)
    path = ".".join(["child"] * (depth + 1))
    REGISTER[kind](model.get_submodule(path), nothing)
    seen = observe_call(model, torch.ones(1, 2))
    assert f"The `forward` of `{path}` was called past `__call__`: 1 {kind} was not looked at." in seen.notes
    assert any(f"It runs `{path}`'s `forward`, past `__call__`" in text for text in narrate(seen))
    assert sum(frame.past_call for frame in seen.trace.frames) == 1


def test_without_hooks_there_is_no_note():
    seen = observe_call(Deep(1), torch.ones(1, 2))
    assert not any("past `__call__`" in note for note in seen.notes)


def test_global_hooks_and_every_call_are_counted():
    class Twice(Deep):
        def forward(self, x):
            return self.child.forward(self.child.forward(x))

    handle = module_source.register_module_forward_hook(nothing)
    try:
        seen = observe_call(Twice(0), torch.ones(1, 2))
    finally:
        handle.remove()
    note = "The `forward` of `child` was called past `__call__` twice: 1 global forward hook was not looked at."
    assert note in seen.notes


class Derived(nn.Linear):
    def forward(self, x):
        return super().forward(x)


def test_what_forward_hands_on_to_by_super_is_not_past_call():
    model = Derived(2, 2)
    model.register_forward_hook(nothing)
    seen = observe_call(model, torch.ones(1, 2))
    assert not any(frame.past_call for frame in seen.trace.frames)
    (note,) = [note for note in observe_call(model.forward, torch.ones(1, 2)).notes if "past `__call__`" in note]
    assert note.endswith("was called past `__call__`: 1 forward hook was not looked at.")


class Own(nn.Linear):
    def __call__(self, x):
        return self.forward(x)


def test_a_call_of_ones_own_passes_hooks_by():
    model = nn.Sequential(Own(2, 2))
    model[0].register_forward_hook(nothing)
    seen = observe_call(model, torch.ones(1, 2))
    assert any(note.startswith("The `forward` of `0` was called past `__call__`") for note in seen.notes)
