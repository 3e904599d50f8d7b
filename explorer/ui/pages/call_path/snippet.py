"""Write the few lines of Python that repeat a run outside the page."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields

from explorer.catalog.building import INPUT_SEEDS
from explorer.catalog.user_model import USER_MODEL, UserModel, user_model
from explorer.experiment import Experiment, Hook
from explorer.experiment.hooks import HookList
from explorer.experiment.settings import SETTINGS

FIRST_STEPS = "for step in obs.trace.steps[:10]:\n    print(step.kind, step.line, step.phase)\n"
# What the lines around `observe_call` do; all else that `observe` does around a call is left to the caller.
WRITTEN = ("model", "call", "training", "grad", "hooks", "seed")


def python_snippet(experiment: Experiment) -> str:
    """Return a program for a notebook: it runs the same experiment and prints the first things worth seeing.

    Settings that equal the model's own defaults are left out.
    """
    user = user_model() if experiment.model == USER_MODEL else None
    if user is not None:
        return user_model_snippet(experiment, user)
    settings = [f"model={experiment.model!r}", *_arguments(experiment)]
    names = "Experiment, Hook, observe" if experiment.hooks else "Experiment, observe"
    one_line = f"Experiment({', '.join(settings)})"
    lines = "".join(f"    {setting},\n" for setting in settings)
    made = one_line if len(one_line) < 50 else f"Experiment(\n{lines})"
    return f"from explorer import {names}\n\nobs = observe({made})\nprint(obs.output or obs.error)\n{FIRST_STEPS}"


def user_model_snippet(experiment: Experiment, user: UserModel) -> str:
    """Return the same for the reader's own model, which no `Experiment` of another program can name."""
    return "\n".join(_user_model_lines(experiment, user)) + f"\n{FIRST_STEPS}"


def _user_model_lines(experiment: Experiment, user: UserModel) -> Iterator[str]:
    yield "import torch"
    yield ""
    yield f"import {user.request.module}"
    yield "from explorer import Hook, observe_call" if experiment.hooks else "from explorer import observe_call"
    if experiment.hooks:
        yield "from explorer.catalog.hooks import register"
    yield ""
    yield f"torch.manual_seed({experiment.seed})"
    yield f"model = {user.expression}.{'train' if experiment.training else 'eval'}()"
    if experiment.hooks:
        yield f"register(model, {_hooks_tuple(experiment.hooks)})"
    yield f"generator = torch.Generator().manual_seed({INPUT_SEEDS + experiment.seed})"
    names = [f"x{number}" if number else "x" for number in range(len(user.request.inputs))]
    for name, each in zip(names, user.request.inputs, strict=True):
        yield f"{name} = {each.python()}"
    yield f"torch.manual_seed({experiment.seed})"
    others = _arguments(experiment, without=WRITTEN)
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


def _arguments(experiment: Experiment, without: Collection[str] = ("model",)) -> list[str]:
    """Return the settings that are not the model's defaults, as they are written in a call: "seed=3"."""
    written = []
    for setting in SETTINGS:
        value = getattr(experiment, setting.name)
        if setting.name not in without and value != setting.default(experiment.model):
            text = _hooks_tuple(value) if isinstance(setting, HookList) else repr(value)
            written.append(f"{setting.name}={text}")
    return written


def _hooks_tuple(hooks: tuple[Hook, ...]) -> str:
    """Return the hooks as Python writes them, without what is a Hook's default."""
    usual = Hook()
    written = []
    for hook in hooks:
        values = {field.name: getattr(hook, field.name) for field in fields(Hook)}
        differing = [f"{name}={value!r}" for name, value in values.items() if value != getattr(usual, name)]
        written.append(f"Hook({', '.join(differing)})")
    return f"({', '.join(written)}{',' if len(written) == 1 else ''})"
