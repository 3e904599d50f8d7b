"""An exception is a step where it was raised and in each frame that it passes through; what ends otherwise returned."""

from functools import partial

import pytest
import torch
from torch import nn

from explorer import observe_call
from explorer.torch_source.statements import statement_text
from tests.helpers import steps

X = torch.ones(1, 2)
texts = partial(steps.texts, file=__file__)


def finally_only():
    try:
        int("x")
    finally:
        done = 1


def with_only():
    with torch.no_grad():
        int("x")


def other_type():
    try:
        int("x")
    except TypeError:
        pass


def raised_again():
    try:
        int("x")
    except ValueError:
        raise


@pytest.mark.parametrize("function", [finally_only, with_only, other_type, raised_again])
def test_an_exception_that_passes_on_is_no_return(function):
    seen = observe_call(function)
    assert [kind for kind, _ in steps.kinds(seen)].count("exception") == 1
    assert "return" not in [kind for kind, _ in steps.kinds(seen)]
    assert (seen.error.type, seen.error.function) == ("ValueError", function.__name__)
    step = seen.trace.steps[seen.error.step]
    assert statement_text(__file__, (step.line, step.end_line)) == 'int("x")'
    assert seen.error.line == step.line


def caught():
    try:
        int("x")
    except ValueError:
        answer = "caught"
    return answer


def test_a_caught_exception_is_a_step_and_the_function_returns():
    seen = observe_call(caught)
    assert texts(seen) == ["try:", 'int("x")', "except ValueError:", 'answer = "caught"', "return answer"]
    assert [kind for kind, _ in steps.kinds(seen)] == [
        "call", "statement", "statement", "exception", "statement", "statement", "statement", "return",
    ]  # fmt: skip
    assert seen.error is None
    assert seen.value == "caught"


class Countdown:
    def __init__(self):
        self.left = 2

    def __iter__(self):
        return self

    def __next__(self):
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        return self.left


def walks():
    for _ in Countdown():
        pass


def test_the_end_of_an_iterator_is_no_error_and_the_function_returns():
    seen = observe_call(walks)
    assert steps.kinds(seen)[-1] == ("return", "walks")
    assert seen.error is None


def silent():
    return None


def test_none_is_returned_like_any_value():
    seen = observe_call(silent)
    assert steps.kinds(seen) == [("call", "silent"), ("statement", "silent"), ("return", "silent")]
    assert seen.trace.steps[-1].value.text == "None"


class Fails(nn.Module):
    def forward(self, x):
        raise LookupError("first")


def hook_that_raises(module, args, output):
    raise ValueError("second")


@pytest.mark.filterwarnings("ignore:.*always_call.*")
def test_the_error_is_placed_where_it_was_raised_although_a_hook_raised_later():
    model = Fails()
    model.register_forward_hook(hook_that_raises, always_call=True)
    seen = observe_call(model, X)
    assert (seen.error.type, seen.error.function) == ("LookupError", "Fails.forward")
    phases = [step.phase for step in seen.trace.steps]
    assert "exception" in phases
    assert "return" not in phases


def test_an_exception_in_a_hook():
    model = nn.Linear(2, 2)
    model.register_forward_hook(hook_that_raises)
    seen = observe_call(model, X)
    assert (seen.error.type, seen.error.message, seen.error.function) == ("ValueError", "second", "hook_that_raises")
    assert seen.output is None
    with pytest.raises(ValueError, match="second"):
        observe_call(model, X, reraise=True)
