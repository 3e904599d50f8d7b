"""The few lines of Python that repeat a run outside the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from explorer.catalog.building import INPUT_SEEDS
from explorer.catalog.user_model import USER_MODEL, UserModel, user_model
from explorer.experiment import Experiment, Hook

FIRST_STEPS = "for step in obs.trace.steps[:10]:\n    print(step.kind, step.line, step.phase)\n"
NOT_SAID = (
    "keyword",
    "entry_mode",
    "backward",
)  # what `observe` does around a call, and `observe_call` leaves to its caller


def python_snippet(experiment: Experiment) -> str:
    """A program for a notebook: it runs the same experiment and prints the first things worth seeing.

    Settings that equal the model's own defaults are left out.
    """
    own = user_model() if experiment.model == USER_MODEL else None
    if own is not None:
        return own_snippet(experiment, own)
    settings = [f"model={experiment.model!r}", *_settings(experiment, Experiment(model=experiment.model))]
    names = "Experiment, Hook, observe" if experiment.hooks else "Experiment, observe"
    one_line = f"Experiment({', '.join(settings)})"
    lines = "".join(f"    {setting},\n" for setting in settings)
    made = one_line if len(one_line) < 50 else f"Experiment(\n{lines})"
    return f"from explorer import {names}\n\nobs = observe({made})\nprint(obs.output or obs.error)\n{FIRST_STEPS}"


def own_snippet(experiment: Experiment, own: UserModel) -> str:
    """The same for the reader's own model, which no `Experiment` of another program can name."""
    return "\n".join(_own_lines(experiment, own)) + f"\n{FIRST_STEPS}"


def _own_lines(experiment: Experiment, own: UserModel) -> Iterator[str]:
    usual = {field.name: field.default for field in fields(Experiment)}
    yield "import torch"
    yield ""
    yield f"import {own.asked.module}"
    yield "from explorer import Hook, observe_call" if experiment.hooks else "from explorer import observe_call"
    if experiment.hooks:
        yield "from explorer.catalog.hooks import register"
    yield ""
    yield f"torch.manual_seed({experiment.seed})"
    yield f"model = {own.expression}.{'train' if experiment.training else 'eval'}()"
    if experiment.hooks:
        yield f"register(model, {_hooks(experiment.hooks)})"
    yield f"generator = torch.Generator().manual_seed({INPUT_SEEDS + experiment.seed})"
    names = [f"x{place}" if place else "x" for place in range(len(own.asked.inputs))]
    for name, each in zip(names, own.asked.inputs, strict=True):
        yield f"{name} = {each.python()}"
    yield f"torch.manual_seed({experiment.seed})"
    others = [f"{name}={getattr(experiment, name)!r}" for name in NOT_SAID if getattr(experiment, name) != usual[name]]
    if others:
        yield f"# The page's run has {', '.join(others)} as well, which observe_call does not have."
    called = "model" if experiment.call == "call" else "model.forward"
    call = f"obs = observe_call({', '.join((called, *names))})"
    if experiment.grad == "enabled":
        yield call
    else:
        yield f"with torch.{experiment.grad}():"
        yield f"    {call}"
    yield "print(obs.output or obs.error)"


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
