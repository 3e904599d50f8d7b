"""What is said of each hook: how often it ran and what came of it, or why it did not run."""

import re
import warnings
from dataclasses import replace
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from torch import nn

from explorer import Experiment, Hook, observe, observe_call
from explorer.capture.values.summaries import summarize
from explorer.catalog import build, example_inputs
from explorer.catalog.hooks import register
from explorer.catalog.hooks.hook import HookAction, HookKind
from explorer.reading.hook_order import hook_order
from explorer.reading.notes.hook_notes import hook_notes
from explorer.wording import times
from tests.helpers.hooked import bare_turns
from tests.reading.test_hook_order import hooked

BACKWARD = [kind for kind in get_args(HookKind) if "backward" in kind]


def notes(*hooks, **fields):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hook_notes(observe(Experiment(hooks=hooks, **fields)))


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (Hook(), "The forward hook on the outermost module ran once and returned None, so the output stayed."),
        (
            Hook("pool", "double"),
            "The forward hook on `pool` ran twice and returned twice the output, which replaced it.",
        ),
        (
            Hook("fc2", "zero"),
            "The forward hook on `fc2` ran once and returned 0, which is not None, so it replaced the output.",
        ),
        (
            Hook("", "rebind"),
            "The forward hook on the outermost module ran once and only gave its own name another value: "
            "the output stayed.",
        ),
        (
            Hook("conv1", "raise"),
            "The forward hook on `conv1` ran once and raised `RuntimeError`, which ended the call.",
        ),
        (Hook(is_global=True), "The global forward hook ran 7 times and returned None, so the output stayed."),
        (
            Hook("fc1", "double", "forward_pre"),
            "The forward pre-hook on `fc1` ran once and returned twice the arguments, which replaced them.",
        ),
        (
            Hook("fc1", "zero", "forward_pre", with_kwargs=True),
            "The forward pre-hook on `fc1` ran once and returned 0, which is not of the form (args, kwargs): "
            "torch raised.",
        ),
    ],
)
def test_one_hook(hook, said):
    assert notes(hook) == (said,)


def test_several_hooks_are_told_apart_by_their_number_and_the_most_surprising_comes_first():
    assert notes(Hook(), Hook("fc1", "rebind"), Hook("", "double"), call="forward") == (
        "Hook 1, the forward hook on the outermost module, did not run: `model.forward(x)` goes past `__call__`, "
        "and only `__call__` looks for hooks.",
        "Hook 3, the forward hook on the outermost module, did not run: `model.forward(x)` goes past `__call__`, "
        "and only `__call__` looks for hooks.",
        "Hook 2, the forward hook on `fc1`, ran once and only gave its own name another value: the output stayed.",
    )


def test_a_hook_that_the_exception_came_before():
    assert [note.partition(": ")[2] for note in notes(Hook(), Hook("fc1"), size=32)] == [
        "an exception came before its turn, and it has no `always_call=True`.",
        "its module was not called by the time the call raised.",
    ]


NEVER = "its module was not called, and only `__call__` looks for hooks"
NOT_YET = "its module was not called by the time the call raised"


@pytest.mark.parametrize(
    ("fields", "hooks", "said"),
    [
        # The outermost `forward` returned without a call of its layer; then a hook raised.
        ({"model": "borrowed-weights"}, [Hook("linear"), Hook(action="raise")], NEVER),
        ({"model": "borrowed-weights"}, [Hook("linear"), Hook(kind="forward_pre", action="raise")], NOT_YET),
        ({"model": "module-list"}, [Hook("0")], NOT_YET),
        ({"model": "feedforward"}, [Hook("fc2"), Hook("fc1", "raise")], NOT_YET),
        ({"model": "feedforward"}, [Hook("relu")], None),
        # Attention returned, and never calls its `out_proj`; a later layer raised.
        (
            {"model": "transformer"},
            [Hook("encoder.layers.0.self_attn.out_proj"), Hook("fc", "raise")],
            NEVER,
        ),
        (
            {"model": "transformer"},
            [Hook("encoder.layers.1.self_attn.out_proj"), Hook("encoder.layers.0.linear1", "raise")],
            NOT_YET,
        ),
    ],
)
def test_a_module_that_was_not_called_in_a_call_that_raised(fields, hooks, said):
    first = next(note for note in notes(*hooks, **fields) if "Hook 2" not in note)
    ran = [number for number, _ in bare_turns(Experiment(hooks=tuple(hooks), **fields))]
    assert (1 in ran) is (said is None)
    assert first.endswith(f"did not run: {said}.") if said else " ran once " in first


def test_no_module_was_called_under_a_trace_that_raised_first():
    """`torch.jit.trace` refuses a model with such a hook before it calls anything."""
    found = notes(Hook(is_global=True), Hook(kind="backward"), model="simple", entry_mode="jit.trace")
    assert "Hook 1, the global forward hook, did not run: no module was called by the time the call raised." in found


def test_turns_that_end_differently_are_told_apart():
    """The first layer's input needs no gradient, nor does that of the model around it."""
    hook = Hook("", "double", "full_backward", is_global=True)
    given = []
    model = build("feedforward")
    for module in model.modules():
        module.register_full_backward_hook(lambda module, inputs, outputs: given.append(inputs[0] is None))
    model(*example_inputs("feedforward")).sum().backward()
    assert sorted(given) == [False, False, True, True]
    assert notes(hook, model="feedforward", backward=True) == (
        "The global full backward hook ran 4 times: twice it returned (None,): its module's input needs no gradient, "
        "so there was none to replace; twice it returned twice the gradients of the input, which replaced them.",
    )


def test_no_input_by_position_has_no_gradient_to_replace():
    (note,) = notes(Hook("", "double", "full_backward"), model="simple", keyword=True, backward=True)
    assert note.endswith(
        "returned an empty tuple: its module got no input by position, so there was no gradient to replace."
    )


def test_several_inputs_without_a_gradient_have_none_to_replace():
    at, given = "encoder.layers.0.self_attn", []
    model = build("transformer")
    model.get_submodule(at).register_full_backward_hook(lambda module, inputs, outputs: given.append(inputs))
    model(*example_inputs("transformer")).sum().backward()
    assert given == [(None, None, None)]
    seen = observe(Experiment(model="transformer", backward=True, hooks=(Hook(at, "double", "full_backward"),)))
    assert hook_notes(seen)[0].endswith(
        " returned (None, None, None): none of its module's inputs needs a gradient, so there was none to replace."
    )
    assert (
        "The backward hook `double#1` was given `grad_input` = `(None, None, None)`: none of its module's inputs "
        "needs a gradient."
    ) in seen.notes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((None,), True),
        ((None,) * 3, True),
        ((None,) * 6, True),
        ((None,) * 7, False),  # not all of it is kept
        ((), False),
        ((None, 1), False),
        (("None",), False),
        (None, False),
        ([None], False),
    ],
)
def test_a_tuple_of_nothing_but_none(value, expected):
    assert summarize(value).only_nones is expected


def test_arguments_by_name_only_leave_a_pre_hook_nothing_to_replace():
    fields = {"model": "simple", "keyword": True}
    hook = Hook(kind="forward_pre", action="double")
    (note,) = notes(hook, **fields)
    assert " returned an empty tuple: it was given no argument, so there was none to replace. It saw no input" in note
    assert observe(Experiment(hooks=(hook,), **fields)).output == observe(Experiment(**fields)).output
    (note,) = notes(replace(hook, with_kwargs=True), **fields)
    assert note.endswith("returned twice the arguments, which replaced them.")


def test_a_global_hook_sees_the_inputs_of_the_layers_inside():
    (note,) = notes(Hook(is_global=True), model="simple", keyword=True)
    assert note.endswith(
        " the output stayed. Once it saw no input: what comes by name is shown only to hooks with `with_kwargs=True`."
    )


def test_a_module_without_any_input_hides_none():
    class Constant(nn.Module):
        def forward(self):
            return torch.ones(1)

    model, hook = Constant(), Hook()
    register(model, [hook])
    (note,) = hook_notes(replace(observe_call(model), experiment=Experiment(model="simple", hooks=(hook,))))
    assert note == "The forward hook on the outermost module ran once and returned None, so the output stayed."


def test_a_backward_pass_that_does_not_come_to_a_module():
    """torch ties no backward hook to a dictionary."""
    (note,) = notes(Hook(kind="full_backward_pre"), model="dict-output", backward=True)
    assert " did not run: torch ties it to a tensor or a tuple, and its module returned a `dict`: torch warned." in note


@pytest.mark.parametrize("is_global", [False, True])
@pytest.mark.parametrize("action", get_args(HookAction))
@pytest.mark.parametrize("kind", BACKWARD)
def test_a_backward_hook_waits_for_backward(kind, action, is_global):
    (note,) = notes(Hook("", action, kind, is_global))
    assert note.endswith("did not run: only `backward()` runs it, and it was not called.")


@pytest.mark.parametrize(
    ("hooks", "fields", "said"),
    [
        (
            [Hook("fc2", "double", "full_backward")],
            {},
            "ran once and returned twice the gradients of the input, which replaced them",
        ),
        (
            [Hook("fc1", "double", "full_backward")],
            {},
            "ran once and returned (None,): its module's input needs no gradient, so there was none to replace",
        ),
        (
            [Hook("fc2", "zero", "full_backward_pre")],
            {},
            "ran once and returned 0 where the gradients of the output should be: `backward()` raised `TypeError`",
        ),
        ([Hook("fc1", "raise", "backward")], {}, "ran once and raised `RuntimeError`, which ended `backward()`"),
        (
            [Hook("fc1", kind="full_backward"), Hook("fc2", "raise", "full_backward")],
            {},
            "did not run: `backward()` raised before it came to it",
        ),
        (
            [Hook("fc1", kind="full_backward")],
            {"grad": "no_grad"},
            "did not run: under `no_grad` autograd records nothing, so there was no backward pass",
        ),
        (
            [Hook("", kind="full_backward")],
            {"call": "forward"},
            "did not run: `model.forward(x)` goes past `__call__`, and only `__call__` looks for hooks",
        ),
        (
            [Hook("", kind="full_backward"), Hook("", "zero")],
            {},
            "did not run: there was nothing to go back through",
        ),
        (
            [Hook("", kind="full_backward"), Hook("fc1", "raise")],
            {},
            "did not run: the call raised, so there was no backward pass",
        ),
    ],
)
def test_hooks_of_a_backward_pass(hooks, fields, said):
    first = next(note for note in notes(*hooks, model="feedforward", backward=True, **fields) if "Hook 2" not in note)
    assert said in first


@pytest.mark.parametrize(
    ("with_kwargs", "said"),
    [
        (False, "returned twice the output, which replaced it. It saw no input: what comes by name is shown only to"),
        (True, "returned twice the output, which replaced it."),
    ],
)
def test_an_input_by_name_is_not_seen_without_with_kwargs(with_kwargs, said):
    (note,) = notes(Hook("", "double", with_kwargs=with_kwargs), keyword=True)
    assert said in note
    assert ("saw no input" in note) is not with_kwargs


@pytest.mark.slow
@pytest.mark.parametrize("at", ["fc1", ""])
@pytest.mark.parametrize("action", get_args(HookAction))
@pytest.mark.parametrize("kind", ["forward", "forward_pre"])
def test_a_hook_that_was_compiled_did_its_work_and_had_no_frame(kind, action, at):
    hook = Hook(at, action, kind)
    eager, compiled = (
        observe(Experiment(model="feedforward", hooks=(hook,), entry_mode=entry_mode))
        for entry_mode in ("eager", "compile")
    )
    assert compiled.output == eager.output
    assert (compiled.error and compiled.error.type) == (eager.error and eager.error.type)
    (note,) = hook_notes(compiled)
    if hook_order(compiled).runs:
        assert " ran once and " in note
    else:
        assert at
        assert note.endswith(f" did not run as Python: {WITHOUT_FRAME}.")


WITHOUT_FRAME = "its module has no frame, so it was compiled with its caller, hooks included, or not called"


def test_a_module_without_a_frame_is_not_said_to_have_been_called():
    """`BorrowedWeights.forward` is compiled, and reads the weights of a layer that it does not call."""
    (note,) = notes(Hook("linear"), model="borrowed-weights", entry_mode="compile")
    assert note.endswith(f" did not run as Python: {WITHOUT_FRAME}.")


def test_a_compiled_hook_takes_no_module_with_it():
    """The first pre-hook is compiled; the second ends the call before any `forward`."""
    hooks = (Hook(kind="forward_pre", action="double"), Hook(kind="forward_pre", action="raise"), Hook("linear"))
    first, *_ = notes(*hooks, model="simple", entry_mode="compile")
    assert first == f"Hook 3, the forward hook on `linear`, did not run: {NOT_YET}."


@pytest.mark.parametrize(("action", "where"), [("double", "where its module has a frame"), ("observe", "as Python")])
def test_a_global_hook_is_counted_outside_of_compiled_code(action, where):
    """It runs in the compiled `forward` too; `double` is compiled even where `_call_impl` calls it."""
    (note,) = notes(Hook("", action, is_global=True), model="simple", entry_mode="compile")
    assert f" ran once {where} and returned " in note


def test_torch_jit_trace_calls_the_module_even_where_forward_is_asked_for():
    (note,) = notes(Hook(), model="feedforward", call="forward", entry_mode="jit.trace")
    assert "ran once" in note


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(hooked())
def test_every_count_is_that_of_the_bare_run(experiment):
    found = notes(*experiment.hooks, **{
        name: getattr(experiment, name) for name in ("model", "call", "training", "grad", "keyword", "backward")
    })  # fmt: skip
    ran = [number for number, _ in bare_turns(experiment)]
    assert len(found) == len(experiment.hooks)
    for number in range(1, len(experiment.hooks) + 1):
        (note,) = [note for note in found if f"Hook {number}," in note] if len(found) > 1 else found
        count = ran.count(number)
        assert re.search(rf" ran {times(count)}(:| and) ", note) if count else (" did not run: " in note)
        assert note.endswith(".")
        assert "no frame of it was seen" not in note
