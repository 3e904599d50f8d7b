"""What is said of the path with hooks, in any combination of them: each claim against the record and the experiment."""

import re
import warnings
from collections import defaultdict

import pytest
import torch
from hypothesis import given, settings
from torch import nn

from explorer import Experiment, Hook, observe, observe_call
from explorer.callpath.narration import narrate
from explorer.catalog.hooks import number_of
from tests import bare
from tests.callpath.test_narration import check
from tests.test_hook_order import hooked

# What is said where hooks of these kinds are, and where none is.
THERE = {
    "There is a forward pre-hook": ("forward_pre",),
    "There is a forward hook": ("forward",),
    "There is a full backward pre-hook": ("full_backward_pre",),
    "There is a backward hook": ("full_backward", "backward"),
    "There is a legacy backward hook": ("backward",),
    "The result is to be marked": ("full_backward", "full_backward_pre"),
}
NOT_THERE = {
    "There is no forward pre-hook": ("forward_pre",),
    "There is no forward hook": ("forward",),
    "There is no full backward pre-hook": ("full_backward_pre",),
    "There is no backward hook": ("full_backward", "backward"),
    "There is no legacy backward hook": ("backward",),
    "No full backward hook or pre-hook": ("full_backward", "full_backward_pre"),
}


def run(experiment):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return observe(experiment)


class Claims:
    """Follows the hooks through the record, and holds each sentence against it."""

    def __init__(self, seen):
        self.seen, self.hooks = seen, seen.experiment.hooks
        self.steps, self.frames = seen.trace.steps, seen.trace.frames
        self.returned = {step.frame: step.value for step in self.steps if step.kind == "return"}
        self.at = {}  # frame → number of the hook in line
        self.gave = {}  # frame → what the hook called last returned; None where it raised
        self.ran = defaultdict(set)  # index of a `_call_impl` frame → numbers of the hooks that ran
        self.lines = defaultdict(list)  # (frame, phase) → numbers in line

    def registered(self, module, kinds):
        return [
            n for n, hook in enumerate(self.hooks, 1) if hook.kind in kinds and (hook.is_global or hook.at == module)
        ]

    def in_order(self, module, kind):
        """As torch documents it: global ones first, then the module's, a prepended one before those already there."""
        mine = []
        for number in self.registered(module, (kind,)):
            hook = self.hooks[number - 1]
            if not hook.is_global:
                mine.insert(0 if hook.prepend else len(mine), number)
        return [n for n in self.registered(module, (kind,)) if self.hooks[n - 1].is_global] + mine

    def check(self):
        for step, text in zip(self.steps, narrate(self.seen), strict=True):
            frame = self.frames[step.frame] if step.frame is not None else None
            if frame is not None and frame.role == "call path" and step.kind == "statement":
                self.statement(step, frame, text)
        for (index, phase), numbers in self.lines.items():
            kind = {"pre-hooks": "forward_pre", "hooks": "forward"}.get(phase)
            if kind is not None:
                order = self.in_order(self.frames[index].module, kind)
                assert numbers == order[: len(numbers)]

    def statement(self, step, frame, text):
        for words, kinds in THERE.items():
            assert words not in text or self.registered(frame.module, kinds), text
        for words, kinds in NOT_THERE.items():
            assert words not in text or not self.registered(frame.module, kinds), text
        if "next" in text and (named := re.search(r" is `(\w+#\d+)`", text)):
            self.at[frame.index] = number_of(named[1])
            self.lines[frame.index, step.phase].append(self.at[frame.index])
        number = self.at.get(frame.index)
        hook = self.hooks[number - 1] if number else None
        call = frame.index if frame.function.endswith("_call_impl") else frame.caller
        if text.startswith("The hook is called"):
            self.called(step, frame, text, number, call)
        if "It was registered with `" in text or "It was registered without `" in text:
            option = re.search(r"`(\w+)=True`", text)[1]
            assert getattr(hook, option) == ("It was registered with `" in text), text
        if "has not run" in text:
            assert hook.always_call
            assert number not in self.ran[call]
        if "It is skipped" in text:
            assert not hook.always_call or number in self.ran[call]
        gave = self.gave.get(frame.index)
        if "It returned None" in text:
            assert gave.text == "None"
        if "It returned something" in text:
            assert gave.text != "None"
        if "It is a pair" in text:
            assert (gave.type, len(gave.items)) == ("tuple", 2)
        if "It is not a pair" in text:
            assert (gave.type, len(gave.items)) != ("tuple", 2)
        if text.startswith("It is a tuple"):
            assert gave.type == "tuple"
        if text.startswith("It is no tuple"):
            assert gave.type != "tuple"
        if named := re.search(r"now what the hook returned: (.*?)(?:, but nobody will get it)?\.$", text):
            assert named[1] in (gave.text, f"({gave.text},)")
        if "Its exception becomes a warning" in text:
            assert gave is None
        if "torch refuses what the pre-hook returned" in text:
            assert self.steps[step.index + 1].kind == "exception"

    def called(self, step, frame, text, number, call):
        following = self.steps[step.index + 1]
        inner = self.frames[following.frame]
        if following.kind == "call":
            assert number_of(inner.function) == number
            self.ran[call].add(number)
            self.gave[frame.index] = self.returned.get(inner.index)
        else:  # Python refused the call
            assert following.kind == "exception"
            assert f"which raises {following.value.text}." in text
            self.gave[frame.index] = None
            return
        if "raises" in text:
            assert self.gave[frame.index] is None
        else:
            assert text == f"The hook is called. It returns {self.gave[frame.index].text}."


@settings(max_examples=150, deadline=None)
@given(hooked())
def test_every_sentence_holds_for_any_hooks(experiment):
    before = bare.state()
    seen = run(experiment)
    assert bare.differing(before, bare.state()) == []
    paths = {frame.module for frame in seen.trace.frames}
    check(seen, paths if any(hook.is_global for hook in experiment.hooks) else {hook.at for hook in experiment.hooks})
    Claims(seen).check()


def test_the_claims_are_checked_against_something():
    """A sentence that is not so is found."""
    seen = run(Experiment(hooks=(Hook("", "double"), Hook("", "raise", always_call=True), Hook("conv1", "raise"))))
    claims = Claims(seen)
    claims.check()
    assert claims.lines
    assert any(claims.ran.values())
    claims.hooks = tuple(Hook("fc1") for _ in claims.hooks)
    with pytest.raises(AssertionError):
        claims.check()


def texts(*hooks, **fields):
    return list(narrate(run(Experiment(model="feedforward", hooks=hooks, **fields))))


def test_every_statement_of_the_path_with_hooks_has_a_sentence_of_its_own():
    """None of them falls back on the number of the next line."""
    sets = [
        (Hook("", "zero", "forward_pre"), Hook("", "raise", always_call=True, is_global=True)),
        (Hook("", "zero", "forward_pre", with_kwargs=True), Hook("", "raise", always_call=True)),
        (Hook("", "double", "forward_pre", with_kwargs=True), Hook("", "double", with_kwargs=True)),
        (Hook(kind="full_backward"), Hook(kind="full_backward_pre"), Hook("", "zero", always_call=True)),
        (Hook(kind="backward"), Hook("fc2", "raise"), Hook("", "zero", always_call=True)),
        (Hook(kind="backward"), Hook("fc1", "double")),
    ]
    for hooks in sets:
        seen = run(Experiment(model="feedforward", hooks=hooks))
        for step, text in zip(seen.trace.steps, narrate(seen), strict=True):
            frame = seen.trace.frames[step.frame] if step.frame is not None else None
            if frame is not None and frame.role == "call path" and step.kind == "statement":
                assert not re.match(r"Line \d+ is next|It is the last line", text), step


def test_the_wrong_form_by_hand():
    said = " ".join(texts(Hook("", "zero", "forward_pre", with_kwargs=True)))
    assert "It returned something, so torch looks at its form." in said
    assert "It is not a pair of `args` and `kwargs`, so torch raises." in said
    assert "torch refuses what the pre-hook returned." in said
    assert "replaces the arguments" not in said


def test_two_hooks_that_return_the_same_object_are_both_said_to_return_it():
    said = texts(Hook("", "zero"), Hook("", "zero"))
    assert sum(text == "The hook is called. It returns 0." for text in said) == 2


def test_one_function_registered_twice_is_two_turns():
    ran = []

    def hook(module, args, output):
        ran.append(module)

    model = nn.Linear(2, 1)
    model.register_forward_hook(hook)
    model.register_forward_hook(hook)
    said = narrate(observe_call(model, torch.ones(1, 2)))
    assert len(ran) == 2
    assert sum(text.startswith("The next hook in line") for text in said) == 2
    assert sum(text == "No hook is left." for text in said) == 1


def test_marks_in_the_autograd_graph_by_hand():
    hooks = (Hook("fc1", kind="full_backward"), Hook("fc2", kind="full_backward"))
    said = " ".join(texts(*hooks))
    assert said.count("marks the result") == 2
    assert said.count("marks the arguments") == 1  # those of fc2: the input itself needs no gradient
    assert said.count("records none of the arguments") == 1
    said = " ".join(texts(*hooks, grad="no_grad"))
    assert "marks the" not in said
    assert said.count("Autograd did not record the result, so it is not marked.") == 2


def test_a_legacy_hook_hangs_on_what_autograd_recorded():
    assert "The hook hangs on `grad_fn` now" in " ".join(texts(Hook(kind="backward")))
    assert "nothing to hang on" in " ".join(texts(Hook(kind="backward"), grad="no_grad"))
