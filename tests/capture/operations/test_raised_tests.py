"""What raised after a comparison is not the comparison: it ran once, and gave a tensor."""

import pytest
import torch

from explorer import observe_call


def asserted(x):
    assert x.sum() < 0


def asked(x):
    if x > 0:
        return x
    return None


def asked_again_and_again(x):
    while x > 0:
        x = x - 1


def chosen(x):
    return 1 if x > 0 else 2


def filtered(x):
    return [row for row in x if row > 0]


def negated(x):
    assert not (x > 0).all(), "all are positive"


@pytest.mark.parametrize("function", [asserted, asked, asked_again_and_again, chosen, filtered, negated])
def test_a_comparison_whose_truth_raises_ran_once_and_did_not_raise(function):
    seen = observe_call(function, torch.ones(2, 2))
    assert seen.error is not None
    compared = [node for node in seen.graph.nodes if node.operation in ("lt", "gt")]
    assert len(compared) == 1
    assert not compared[0].raised
    assert len(compared[0].outputs) == 1


@pytest.mark.parametrize("operator", ["<", ">", "==", "+", "@", "**"])
def test_an_operator_that_raises_is_marked(operator):
    seen = observe_call(eval(f"lambda x: x {operator} torch.ones(3, 7)", {"torch": torch}), torch.ones(2, 2))
    assert seen.error is not None
    # Of code without a source nothing is known but that it raised.
    assert not any(node.raised and node.outputs for node in seen.graph.nodes)


def by_list(x):
    return x[[1, 0]]


def by_range(x):
    return x[:, range(2)]


def by_both(x):
    return x[1, [0, 1]]


@pytest.mark.parametrize("function", [by_list, by_range, by_both])
def test_an_index_made_of_numbers_does_not_name_the_operation(function):
    names = [node.operation for node in observe_call(function, torch.ones(2, 2)).graph.nodes]
    assert "lift_fresh" not in names
    assert len(names) == 3


def test_a_closure_that_goes_on_has_the_values_of_its_names():
    def run(x):
        factor = 2

        def parts():
            for number in range(2):
                part = x * factor + number
                yield part

        return list(parts())

    seen = observe_call(run, torch.ones(2))
    frames = [frame.index for frame in seen.trace.frames if frame.function.endswith("parts")]
    begins = [step for step in seen.trace.steps if step.kind == "call" and step.frame in frames]
    values = [{change.name: change.value.text for change in step.changes} for step in begins]
    assert values[1] == {"number": "0", "part": "float32 [2]"}
    assert values[2] == {"number": "1", "part": "float32 [2]"}


@pytest.mark.parametrize(
    "error",
    [ExceptionGroup("many", [ValueError(1), KeyError(2)]), AssertionError(torch.Size([2, 3])), ValueError((1, [2.0]))],
)
def test_a_message_is_what_str_gives_where_python_alone_writes_it(error):
    def fails():
        raise error

    seen = observe_call(fails)
    assert seen.error is not None
    assert seen.error.message == str(error)
