"""Exceptions on their way out of a call, and the hooks that are called all the same.

A CNN for images of 28 pixels raises in its own `forward` where it is given 32, after its first layers were called.
"""

from __future__ import annotations

from explorer.catalog.hooks.hook import Hook
from explorer.experiment import Experiment
from explorer.presets.preset import Preset


def _on_wrong_images(*hooks: Hook) -> Experiment:
    return Experiment(model="cnn", size=32, hooks=hooks)


RAISES = (
    Preset("`forward` raises", "A CNN is given images of the wrong size, without any hook.", _on_wrong_images()),
    Preset(
        "`forward` raises, with a hook",
        "A CNN with a forward hook is given images of the wrong size.",
        _on_wrong_images(Hook()),
    ),
    Preset(
        "No `forward` at all",
        "A `ModuleList` is called: a module whose class defines no `forward`.",
        Experiment(model="module-list"),
    ),
    Preset(
        "A hook raises",
        "A forward hook raises after `forward` has returned.",
        Experiment(model="simple", hooks=(Hook(action="raise"),)),
    ),
    Preset(
        "A pre-hook raises",
        "A forward pre-hook raises before `forward` is called.",
        Experiment(model="simple", hooks=(Hook(kind="forward_pre", action="raise"),)),
    ),
)

ALWAYS_CALLED = (
    Preset(
        "Always-called hook",
        "`forward` raises in a module that has a forward hook with `always_call=True`.",
        _on_wrong_images(Hook(always_call=True)),
    ),
    Preset(
        "Always-called hook returns a value",
        "`forward` raises, and an always-called hook returns 0.",
        _on_wrong_images(Hook(action="zero", always_call=True)),
    ),
    Preset(
        "Always-called hook with keywords",
        "`forward` raises in a module whose always-called hook is registered with `with_kwargs=True`.",
        _on_wrong_images(Hook(always_call=True, with_kwargs=True)),
    ),
    Preset(
        "Always-called hook raises too",
        "An always-called hook raises while another exception is on its way.",
        _on_wrong_images(Hook(action="raise", always_call=True)),
    ),
    Preset(
        "Hook raises before an always-called one",
        "The first forward hook raises, and the second is registered with `always_call=True`.",
        Experiment(model="simple", hooks=(Hook(action="raise"), Hook(always_call=True))),
    ),
    Preset(
        "Always-called hook that raised itself",
        "The exception comes from the always-called hook, after `forward` has returned.",
        Experiment(model="simple", hooks=(Hook(action="raise", always_call=True),)),
    ),
    Preset(
        "Global always-called hook",
        "`forward` raises, and an always-called hook for every module looks on.",
        _on_wrong_images(Hook(is_global=True, always_call=True)),
    ),
    Preset(
        "Global always-called hook returns a value",
        "A pre-hook raises, and a global always-called hook returns 0.",
        Experiment(
            model="simple",
            hooks=(
                Hook(kind="forward_pre", action="raise"),
                Hook(action="zero", is_global=True, always_call=True),
            ),
        ),
    ),
    Preset(
        "Global always-called hook raises too",
        "A pre-hook raises, and so does a global always-called hook while that exception is on its way.",
        Experiment(
            model="simple",
            hooks=(
                Hook(kind="forward_pre", action="raise"),
                Hook(action="raise", is_global=True, always_call=True),
            ),
        ),
    ),
    Preset(
        "Global always-called hook with keywords",
        "`forward` raises, and a global always-called hook is registered with `with_kwargs=True`.",
        _on_wrong_images(Hook(is_global=True, always_call=True, with_kwargs=True)),
    ),
)
