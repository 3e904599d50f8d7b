"""What is said of the path with hooks, in any combination of them: each claim against the record and the experiment."""

import inspect
import re
import warnings
from collections import defaultdict, namedtuple

import pytest
import torch
from hypothesis import given, settings
from torch import nn

from explorer import Experiment, Hook, observe, observe_call
from explorer.catalog import build, example_inputs
from explorer.catalog.hooks import hook_number
from explorer.presets import PRESETS
from explorer.reading.hook_order import hook_order
from explorer.reading.narration.narrator import narrate
from tests.helpers import bare
from tests.reading.narration.test_narration import check
from tests.reading.test_hook_order import hooked

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
            self.at[frame.index] = hook_number(named[1])
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
        if named := re.search(r"now what the hook returned: (.*?)(?:\. Hooks that still run get it; .*)?\.$", text):
            assert named[1] in (gave.text, f"({gave.text},)")
        if "Its exception becomes a warning" in text:
            assert gave is None
        if "torch refuses what the pre-hook returned" in text:
            assert self.steps[step.index + 1].kind == "exception"

    def called(self, step, frame, text, number, call):
        following = self.steps[step.index + 1]
        inner = self.frames[following.frame]
        if following.kind == "call":
            assert hook_number(inner.function) == number
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


@pytest.mark.slow
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


def test_every_phrase_that_is_checked_is_said():
    """A phrase that no sentence has any more would check nothing."""
    said = " ".join(text for preset in PRESETS for text in narrate(run(preset.experiment)))
    source = inspect.getsource(Claims)
    phrases = re.findall(r'(?<!f)"([^"]+)" in text', source) + re.findall(r'text\.startswith\("([^"]+)"\)', source)
    assert len(phrases) > 8
    assert [words for words in (*THERE, *NOT_THERE, *phrases) if words not in said] == []


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
    assert said.count("records none of the tensors in `args`") == 1
    said = " ".join(texts(*hooks, grad="no_grad"))
    assert "marks the" not in said
    assert said.count("Autograd did not record the result, so it is not marked.") == 2


class Returns(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what = what
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, *args, **kwargs):
        return self.what(self.weight * 1)


Pair = namedtuple("Pair", "one other")


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (lambda y: {"y": y}, "`setup_output_hook` looks for tensors in a tuple, and finds only a `dict`"),
        (lambda y: [y], "`setup_output_hook` looks for tensors in a tuple, and finds only a `list`"),
        (lambda y: None, "`setup_output_hook` looks for tensors in a tuple, and finds only None"),
        (lambda y: (), "The result is an empty tuple: there is nothing to mark."),
        (lambda y: (1, [y]), "No item of the result is a tensor: nothing is marked."),
        (lambda y: (y.detach(), 1), "Autograd recorded none of the tensors in the result, so none is marked."),
        (lambda y: Pair(y.detach(), 1), "Autograd recorded none of the tensors in the result, so none is marked."),
        (lambda y: y.detach(), "Autograd did not record the result, so it is not marked."),
        (lambda y: (y, 1), "An identity operation of autograd marks the result"),
    ],
)
@pytest.mark.filterwarnings("ignore:For backward hooks to be called")
def test_why_a_result_is_not_marked(what, text):
    model = Returns(what)
    model.register_full_backward_hook(print)
    assert text in " ".join(narrate(observe_call(model, torch.ones(1))))


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((), {"x": torch.ones(1)}, "`args` is empty, and `setup_input_hook` does not look at arguments by name"),
        ((), {}, "There is no argument to mark."),
        ((1, [torch.ones(1)]), {}, "No item of `args` is a tensor: nothing is marked."),
        ((1,), {"x": torch.ones(1)}, "No item of `args` is a tensor, and `setup_input_hook` does not look at"),
        ((torch.ones(1),), {}, "Autograd records none of the tensors in `args`, so none is marked."),
    ],
)
def test_why_no_argument_is_marked(args, kwargs, text):
    model = Returns(lambda y: y)
    model.register_full_backward_hook(print)
    assert text in " ".join(narrate(observe_call(model, *args, **kwargs)))


def test_nothing_is_marked_where_grad_mode_is_off():
    model = Returns(lambda y: model.weight)
    model.register_full_backward_hook(print)
    with torch.no_grad():
        said = " ".join(narrate(observe_call(model, torch.ones(1, requires_grad=True))))
    assert "Grad mode is off, so no argument is marked." in said
    assert "Grad mode is off, so the result is not marked." in said


def test_several_registries_are_not_said_to_be_one():
    hooks = (Hook(), Hook(kind="forward_pre"), Hook(kind="full_backward"))
    model = nn.Linear(2, 1)
    for hook in hooks:
        getattr(model, f"register_{hook.kind}_hook")(print)
    registries = [name for name in vars(model) if re.fullmatch(r"_(forward|backward)(_pre)?_hooks", name)]
    filled = [name for name in registries if getattr(model, name)]
    assert (len(registries), len(filled)) == (4, 3)
    said = " ".join(texts(*hooks))
    assert said.count("At least one of the 8 hook registries is not empty") == 1
    assert not re.search(r"(?<!least )one of (the )?8", said, re.IGNORECASE)


@pytest.mark.parametrize("kind", ["full_backward", "full_backward_pre", "backward"])
def test_inner_hands_its_result_back_before_a_backward_hook_has_its_turn(kind):
    seen = run(Experiment(model="simple", hooks=(Hook(kind=kind),), backward=True))
    said = narrate(seen)
    (handed,) = [step for step, text in enumerate(said) if "`inner` hands the result back" in text]
    (ran,) = [turn.step for turn in hook_order(seen).runs]
    assert handed < ran
    assert said[handed] == "No forward hook is left to run: `inner` hands the result back."


def going_back(*hooks, **fields):
    """What is said of each hook that `backward()` runs; torch's own `BackwardHookFunction.backward` is none."""
    texts = narrate(run(Experiment(hooks=hooks, backward=True, **fields)))
    return [text for text in texts if "Going back" in text and "the hook `" in text]


def test_what_a_missing_gradient_means():
    """The mask of a dropout and the constant of a product are no inputs of the module."""
    with torch.random.fork_rng():
        x = torch.ones(2, requires_grad=True)
        for output in (nn.Dropout()(x), x * 2):
            given = []
            output.grad_fn.register_hook(lambda inputs, outputs: given.append(inputs))  # noqa: B023
            output.sum().backward()
            assert [gradient is None for gradient in given[0]] == [False, True]
    legacy = Hook("dropout", kind="backward")
    (text,) = going_back(legacy, model="dropout")
    assert text.endswith("None stands where that function has no gradient to give.")
    (text,) = going_back(Hook("fc2", "double"), Hook("fc2", kind="backward"), model="feedforward")
    assert "`grad_input` = (float32 [1, 10], None)" in text
    assert "input that needs no gradient" not in text
    (text,) = going_back(Hook("fc1", kind="full_backward"), model="feedforward")
    assert text.endswith("None stands in the place of an input that needs no gradient.")
    (text,) = going_back(Hook("fc2", kind="full_backward"), model="feedforward")
    assert "None" not in text


def test_a_legacy_hook_hangs_on_what_autograd_recorded():
    assert "The hook hangs on `grad_fn` now" in " ".join(texts(Hook(kind="backward")))
    assert "nothing to hang on" in " ".join(texts(Hook(kind="backward"), grad="no_grad"))


@pytest.mark.parametrize("training", [True, False])
def test_a_legacy_hook_is_said_to_hang_on_the_function_that_the_output_has(training):
    """In eval mode dropout runs no operation, so it is the function of the layer before."""
    model = build("dropout").train(training)
    with torch.random.fork_rng():
        function = type(model(*example_inputs("dropout")).grad_fn).__name__
    assert (function == "AddmmBackward0") is not training
    seen = run(Experiment(model="dropout", training=training, hooks=(Hook("dropout", kind="backward"),), backward=True))
    (text,) = [text for text in narrate(seen) if "hangs on `grad_fn`" in text]
    assert re.search(r"`(\w+Backward\d)`", text)[1] == function
    assert "operation" not in text
    (text,) = [text for text in narrate(seen) if "Going back" in text]
    assert "autograd has run the function on which a hook of `dropout` hangs" in text


@pytest.mark.parametrize(
    ("hook", "raises"), [(Hook("", "zero", "forward_pre"), True), (Hook("", "observe", "forward_pre"), False)]
)
def test_what_a_forward_that_raises_returns_is_not_told(hook, raises):
    said = [text for text in texts(hook) if text.startswith("`FeedforwardNetwork.forward` runs")]
    ending = ", and raises." if raises else ". What it returns is `result`, until a hook replaces it."
    assert said == [f"`FeedforwardNetwork.forward` runs{ending}"]
