"""The few lines of Python that repeat a run outside the page."""

from __future__ import annotations

from dataclasses import fields

from explorer.experiment import Experiment


def python_snippet(experiment: Experiment) -> str:
    """A program for a notebook: it runs the same experiment and prints the first things worth seeing.

    Settings that equal the model's own defaults are left out.
    """
    plain = Experiment(model=experiment.model)
    settings = [f"model={experiment.model!r}"]
    for field in fields(Experiment):
        value = getattr(experiment, field.name)
        if field.name != "model" and value != getattr(plain, field.name):
            settings.append(f"{field.name}={value!r}")
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
