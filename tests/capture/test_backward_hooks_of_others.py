"""Hooks of the backward pass: each is traced where its code is the caller's, and only it is told as the hook."""

from __future__ import annotations

import functools
import sys
import textwrap

import pytest
import torch
from torch import nn

from explorer.capture.backward import differentiate
from explorer.capture.trace import scope
from explorer.capture.trace.recorder import Recorder
from explorer.capture.trace.replay import replay
from explorer.capture.trace.scope import Scope, user_files
from explorer.runtime.module_tree import modules_of

INSTALLED = """
    class Hook:
        def __init__(self, target=None):
            self.target = target

        def __call__(self, *args):
            if self.target is not None:
                self.target.seen = len(args)
            return None


    def function(*args):
        return None
"""
REGISTER = {
    "full backward": nn.Module.register_full_backward_hook,
    "full backward pre": nn.Module.register_full_backward_pre_hook,
    "forward": nn.Module.register_forward_hook,
    "forward pre": nn.Module.register_forward_pre_hook,
}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package among those that are installed, as its folder says."""
    (tmp_path / "installed_hooks.py").write_text(textwrap.dedent(INSTALLED), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    folders = (*scope._library_folders(), str(tmp_path) + "/")
    monkeypatch.setattr(scope, "_library_folders", lambda: folders)
    import installed_hooks

    yield installed_hooks
    sys.modules.pop("installed_hooks", None)


@pytest.mark.parametrize("kind", REGISTER)
@pytest.mark.parametrize("shape", ["function", "object", "partial", "method"])
def test_the_code_of_every_hook_is_in_the_scope(installed, kind, shape):
    model = nn.Linear(2, 2)
    made = {
        "function": installed.function,
        "object": installed.Hook(),
        "partial": functools.partial(installed.function),
        "method": installed.Hook().__call__,
    }
    REGISTER[kind](model, made[shape])
    assert installed.__file__ in user_files(model, [model])


class Watched(nn.Linear):
    """Its own `__setattr__` runs in a hook of another package."""

    def __setattr__(self, name, value):
        super().__setattr__(name, value)


def backward_frames(model, x):
    recorder = Recorder(Scope(model, modules_of(model)), {})
    value = model(x)
    recorder.begin_backward()
    differentiate(value, model, "enabled", recorder.trace)
    trace, _ = replay(recorder)
    return [(frame.function, frame.role) for frame in trace.frames]


def test_what_a_hook_does_is_not_the_hook(installed):
    model = Watched(2, 2)
    model.register_full_backward_hook(installed.Hook(model))
    frames = backward_frames(model, torch.ones(1, 2, requires_grad=True))
    assert ("Hook.__call__", "hook") in frames
    assert ("Watched.__setattr__", "hook") not in frames
    assert ("Watched.__setattr__", "other") in frames


def test_what_a_hook_without_a_trace_does_is_not_the_hook(installed):
    model = Watched(2, 2)
    handle = model.register_full_backward_hook(installed.Hook(model))
    hook = model._backward_hooks.pop(handle.id)  # it is not looked for when the scope is made
    recorder = Recorder(Scope(model, modules_of(model)), {})
    model._backward_hooks[handle.id] = hook
    value = model(torch.ones(1, 2, requires_grad=True))
    recorder.begin_backward()
    differentiate(value, model, "enabled", recorder.trace)
    frames = [(frame.function, frame.role) for frame in replay(recorder)[0].frames]
    assert ("Watched.__setattr__", "other") in frames
    assert "hook" not in dict(frames).values(), frames
