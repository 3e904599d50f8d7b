"""Another torch: of a statement whose role is not known, only what was measured is said."""

import re

import pytest
import torch

from explorer import Experiment, observe
from explorer.experiment import Hook
from explorer.reading.narration import narrator
from explorer.torch_source.find_roles import roles

NEUTRAL = re.compile(
    r"Line \d+ (is next|will follow)\.|It is the last line\."
    r"|It (does|will) not get to its end: it (will raise|raises)\."
    r"|`\w+` (is now|will be) .+\.",
    re.DOTALL,
)
EXPERIMENTS = [
    Experiment(model="simple"),
    Experiment(model="simple", hooks=(Hook(action="double"), Hook(kind="forward_pre")), backward=True),
    Experiment(model="cnn", size=32, hooks=(Hook(always_call=True),)),
]


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=["plain", "hooks", "raises"])
def test_without_roles_every_sentence_on_torchs_statements_is_neutral(experiment, monkeypatch):
    seen = observe(experiment)
    known = narrator.narrate(seen)
    monkeypatch.setattr(narrator, "roles", dict)
    unknown = narrator.narrate(seen)
    for step, before, after in zip(seen.trace.steps, known, unknown, strict=True):
        frame = seen.trace.frames[step.frame] if step.frame is not None else None
        if frame is not None and frame.role == "call path" and step.kind == "statement":
            assert NEUTRAL.fullmatch(after), after
        else:
            assert after == before


@pytest.mark.parametrize("lost", sorted(set(roles().values()), key=lambda role: role.value), ids=lambda role: role.name)
def test_one_lost_role_changes_no_other_sentence(lost, monkeypatch):
    seen = observe(Experiment(model="simple", hooks=(Hook(action="double"), Hook(kind="full_backward"))))
    known = narrator.narrate(seen)
    left = {line: role for line, role in roles().items() if role is not lost}
    monkeypatch.setattr(narrator, "roles", lambda: left)
    for step, before, after in zip(seen.trace.steps, known, narrator.narrate(seen), strict=True):
        assert after == before or roles().get(step.line) is lost
    assert torch.is_grad_enabled()
