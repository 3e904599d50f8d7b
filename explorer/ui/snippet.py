"""The few lines of Python that repeat a run outside the page."""

from __future__ import annotations

from dataclasses import fields

from explorer.experiment import Experiment, Hook


def python_snippet(experiment: Experiment) -> str:
    """A program for a notebook: it runs the same experiment and prints the first things worth seeing.

    Settings that equal the model's own defaults are left out.
    """
    settings = [f"model={experiment.model!r}", *_settings(experiment, Experiment(model=experiment.model))]
    names = "Experiment, Hook, observe" if experiment.hooks else "Experiment, observe"
    one_line = f"Experiment({', '.join(settings)})"
    lines = "".join(f"    {setting},\n" for setting in settings)
    made = one_line if len(one_line) < 50 else f"Experiment(\n{lines})"
    return (
        f"from explorer import {names}\n"
        "\n"
        f"obs = observe({made})\n"
        "print(obs.output or obs.error)\n"
        "for step in obs.trace.steps[:10]:\n"
        "    print(step.kind, step.line, step.phase)\n"
    )


def _settings(one: Experiment | Hook, usual: Experiment | Hook) -> list[str]:
    """The fields in which one differs from the usual one, as they are written in a call."""
    found = []
    for field in fields(one):
        value = getattr(one, field.name)
        if value != getattr(usual, field.name):
            found.append(f"{field.name}={_hooks(value) if field.name == 'hooks' else repr(value)}")
    return found


def _hooks(hooks: tuple[Hook, ...]) -> str:
    written = [f"Hook({', '.join(_settings(hook, Hook()))})" for hook in hooks]
    return f"({', '.join(written)}{',' if len(written) == 1 else ''})"
