"""What is said of each step: never empty, true on cases read by hand, never against the record."""

import ast
import inspect
import linecache
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.modules import module as module_source

from explorer import Experiment, observe, observe_call
from explorer.catalog import ENTRIES, submodule_paths
from explorer.experiment import Hook
from explorer.presets import PRESETS
from explorer.reading.narration.narrator import narrate, narrate_ahead
from explorer.torch_source.statements import statement_text

GRADS = ("enabled", "no_grad", "inference_mode")
# In a submodule, in a hook, and before `forward` begins.
RAISING = (
    Experiment(model="cnn", size=32),
    Experiment(model="feedforward", hooks=(Hook("fc1", "raise"),)),
    Experiment(model="simple", keyword=True, hooks=(Hook(kind="forward_pre", action="zero"),)),
)


def said(seen, file=None):
    """(statement, text) of each step; of one file's statements where a file is given."""
    found = []
    for step, text in zip(seen.trace.steps, narrate(seen), strict=True):
        frame = seen.trace.frames[step.frame] if step.frame is not None else None
        if file is None or (frame is not None and frame.file == file and step.kind == "statement"):
            found.append((statement_text(frame.file, (step.line, step.end_line)) if frame else "", text))
    return found


def cases():
    for key in ENTRIES:
        for training in (True, False):
            for grad in GRADS:
                yield pytest.param(key, training, grad, id=f"{key}-{'train' if training else 'eval'}-{grad}")


def check(seen, hooked=None):
    """No text claims what the record does not hold.

    hooked: the paths of the modules that hooks are registered on; None where there are others too.
    """
    texts = narrate(seen)
    assert len(texts) == len(seen.trace.steps)
    for step, text in zip(seen.trace.steps, texts, strict=True):
        assert text.strip(), step
        assert text == text.strip()
        assert text.endswith((".", "!", "?")), text
        assert "  " not in text
        assert text.count("`") % 2 == 0, text
        frame = seen.trace.frames[step.frame] if step.frame is not None else None
        if "hook registries are empty" in text:
            assert hooked is None or frame.module not in hooked
        if "hook registries is not empty" in text:
            assert hooked is None or frame.module in hooked
        if "catches the exception" in text:
            assert catches(seen, step, frame), text
        if "what still runs there does not catch it" in text:
            assert not returned(seen, frame)
        begun = re.match(r"`([\w.<>]+)` runs(?: at last)?(?:, and raises)?\.", text)
        if begun and frame.role == "call path":
            following = seen.trace.steps[step.index + 1]
            if begun[1] == "forward":  # a script's, which has no frame
                assert following.kind == "return"
            else:
                assert seen.trace.frames[following.frame].function == begun[1]
                assert following.kind == "call"
        if "`_call_impl` itself runs as Python" in text:
            following = seen.trace.steps[step.index + 1]
            assert following.kind == "call"
            assert seen.trace.frames[following.frame].function == "Module._call_impl"
        for name in re.findall(r"`([\w.]+)` (?:becomes|is changed in place)", text):
            assert name in [change.name for change in step.changes], text
        for name in re.findall(r"runs the operation `(\w+)`", text):
            assert name in [node.operation for node in seen.graph.nodes if node.steps[0] >= step.index]
        for name in re.findall(r"calls `([\w.]+)` \(", text):
            assert name in [call.module for call in seen.graph.calls if call.steps[0] > step.index]
        if "returns None" in text and step.kind == "return":
            assert step.value.text == "None"
        if "The call ends without a result" in text:
            assert seen.error.step == step.index
        if re.search(r"The condition (?:`.+` )?(?:holds|does not hold)", text):
            assert statement_text(frame.file, (step.line, step.end_line)).lstrip().startswith(("if", "elif"))
        numbers = [int(number) for number in re.findall(r"line (\d+) is next", text)]
        if numbers:
            following = next(s for s in seen.trace.steps[step.index + 1 :] if s.frame == step.frame)
            assert numbers == [following.line]


def returned(seen, frame):
    return any(step.kind == "return" and step.frame == frame.index for step in seen.trace.steps)


def catches(seen, step, frame):
    """Whether the frame went on to its end, or into the body of an `except`, by the syntax tree."""
    handlers = [
        node for node in ast.walk(ast.parse(Path(frame.file).read_text())) if isinstance(node, ast.ExceptHandler)
    ]
    bodies = {line for node in handlers for line in range(node.body[0].lineno, node.body[-1].end_lineno + 1)}
    later = [s.line for s in seen.trace.steps[step.index + 1 :] if s.frame == frame.index and s.kind == "statement"]
    return returned(seen, frame) or not bodies.isdisjoint(later)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_nothing_said_of_any_preset_contradicts_its_record(preset):
    check(observe(preset.experiment))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("entry_mode", ["compile", "jit.trace"])
@pytest.mark.parametrize("experiment", RAISING, ids=lambda experiment: experiment.model)
def test_nothing_said_of_a_call_that_raises_on_another_way_in_contradicts_its_record(experiment, entry_mode):
    seen = observe(replace(experiment, entry_mode=entry_mode))
    assert seen.error is not None
    check(seen)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "training", "grad"), cases())
def test_nothing_said_of_any_entry_contradicts_its_record(key, training, grad):
    check(observe(Experiment(model=key, training=training, grad=grad)), set())
    paths = submodule_paths(key)
    if paths and grad == "enabled":
        hooks = (Hook("", "double"), Hook(paths[-1], "observe"))
        check(observe(Experiment(model=key, training=training, hooks=hooks)), {"", paths[-1]})
        check(observe(Experiment(model=key, training=training, call="forward", hooks=hooks)), {"", paths[-1]})


def test_the_fast_path_by_hand():
    source, _ = inspect.getsourcelines(module_source.Module._call_impl)
    at = next(place for place, line in enumerate(source) if "return forward_call(" in line)
    below = len(source) - 1 - at
    texts = [text for _, text in said(observe(Experiment(model="simple")))]
    assert "For `SimpleModel` it is found in the class `torch.nn.modules.module.Module`." in texts[0]
    assert any("All 8 hook registries are empty" in text for text in texts)
    assert any(f"The {below} lines of `_call_impl` below this one are skipped." in text for text in texts)


def test_a_hook_by_hand():
    for action, words in (
        ("double", "It returned something, so that replaces the result."),
        ("observe", "It returned None"),
    ):
        texts = " ".join(text for _, text in said(observe(Experiment(model="simple", hooks=(Hook("linear", action),)))))
        assert texts.count("At least one of the 8 hook registries is not empty") == 1
        assert texts.count("All 8 hook registries are empty") == 1
        assert texts.count("There is a forward hook, so it runs now") == 1
        assert texts.count("There is no forward pre-hook") == 1
        assert words in texts


def branches(x):
    if x > 1:
        x += 1
    if x > 100:
        x += 2
    elif x > 1:
        x += 1
    else:
        x -= 1
    for i in range(2):
        if i:
            x += 1
    if x:
        pass
    return x


def test_branches_by_hand():
    texts = [
        text for statement, text in said(observe_call(branches, 2), __file__) if statement.startswith(("if", "elif"))
    ]
    assert ["does not hold" not in text for text in texts] == [True, False, True, False, True, True]


def test_what_cannot_be_called():
    ((_, text),) = said(observe(Experiment(model="checkpoint")))
    assert "`OrderedDict`, `dict` and `object`" in text
    assert "raises a `TypeError` before any line runs" in text
    ((_, text),) = said(observe(Experiment(model="not-a-model")))
    assert "`NotAModel` and `object`" in text


def test_forward_called_directly():
    texts = [text for _, text in said(observe(Experiment(model="simple", call="forward")))]
    assert "`__call__` plays no part" in texts[0]
    assert "`__call__` was not involved" in texts[1]
    assert sum("was not involved" in text for text in texts) == 1


def test_a_call_that_raises():
    seen = observe(Experiment(model="cnn", size=32, hooks=(Hook("", "observe"),)))
    found = said(seen)
    assert [statement for statement, text in found if "The call ends without a result" in text] == [
        found[seen.error.step][0]
    ]
    assert sum("This statement raises" in text for _, text in found) == 1
    texts = " ".join(text for _, text in found)
    (again,) = re.findall(r"`Module._call_impl` catches the exception, and line (\d+) raises it again\.", texts)
    assert linecache.getline(module_source.__file__, int(again)).strip() == "raise"
    assert "The exception goes on to the code that called the module." in texts
    assert "The exception leaves `Module._wrapped_call_impl`" in texts
    assert "`_call_impl` returns None" not in texts


def fails(module, args, output):
    raise ValueError("in the hook")


class Fails(nn.Module):
    def forward(self, x):
        raise LookupError("in forward")


@pytest.mark.filterwarnings("ignore:.*always_call.*")
def test_a_hook_that_raises_is_said_to():
    model = Fails()
    model.register_forward_hook(fails, always_call=True)
    texts = " ".join(text for _, text in said(observe_call(model, torch.ones(1))))
    assert "The hook is called, and raises." in texts
    assert "The hook raised as well." in texts


def in_order(x):
    return x + x.sum()


def test_operations_of_one_statement_are_told_in_the_order_they_ran():
    ((_, text),) = said(observe_call(in_order, torch.ones(2)), __file__)
    assert text == "It runs the operation `sum`, then runs the operation `add`."


def test_a_module_used_twice():
    texts = " ".join(text for _, text in said(observe(Experiment(model="cnn"))))
    assert "calls `pool` (MaxPool2d)." in texts
    assert "calls `pool` (MaxPool2d, for the second time)." in texts


def binds_six(x):
    a, b, c, d, e, f = range(6)
    return x


def test_of_many_changes_the_first_four_are_told_and_the_rest_is_counted():
    ((_, text), _) = said(observe_call(binds_six, torch.ones(1)), __file__)
    assert text == "`a` is 0, `b` is 1, `c` is 2, `d` is 3 and 2 more."


class Again(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU()

    def forward(self, x):
        for _ in range(22):
            x = self.relu(x)
        return x


def test_a_module_called_many_times_is_counted_as_one_counts():
    texts = [text for statement, text in said(observe_call(Again(), torch.ones(1)), __file__) if "relu(x)" in statement]
    times = [re.search(r"for the (\w+) time", text) for text in texts]
    assert [found and found[1] for found in times][:4] == [None, "second", "third", "4th"]
    assert [found and found[1] for found in times][20:] == ["21st", "22nd"]


def returns_from_an_if(x):
    if x > 100:
        x += 1


def truth(x):
    return x > 1


def asks(x):
    if truth(x):
        x += 1
    return x


def test_where_a_condition_leads():
    """Not to the line that it stands on: the function returns there, or the condition itself calls a function."""
    ((_, text),) = said(observe_call(returns_from_an_if, 2), __file__)
    assert text == "The condition `x > 100` does not hold, so the function returns."
    text = said(observe_call(asks, 2), __file__)[0][1]
    assert re.match(r"First `truth` is entered\. The condition `truth\(x\)` holds, so line \d+ is next\.", text)


@pytest.mark.parametrize("key", ["resnet18", "recurrent", "frozen-child"])
def test_no_condition_leads_to_its_own_line(key):
    seen = observe(Experiment(model=key))
    for step, text in zip(seen.trace.steps, narrate(seen), strict=True):
        assert f"line {step.line} is next" not in text


def binds_the_same(x):
    y = x
    y = x
    return y + 1


def test_a_statement_that_changes_nothing_may_bind_a_name():
    texts = [text for _, text in said(observe_call(binds_the_same, 2), __file__)]
    assert texts[1] == "No name is bound to another object, and no operation runs."


def test_a_statement_that_raises_is_said_to():
    seen = observe(Experiment(model="simple", hooks=(Hook(kind="forward_pre", action="zero"),)))
    texts = [text for statement, text in said(seen) if statement.startswith("return F.linear")]
    assert texts[0] == "It runs the operation `linear`, and does not get to the end."


def test_slow_forward_hands_back_what_forward_returned():
    """No hook comes between: those run in `inner`."""
    seen = observe(Experiment(model="scripted-child", entry_mode="jit.trace"))
    ran = {text for statement, text in said(seen, module_source.__file__) if "self.forward(*input" in statement}
    assert ran == {
        "`ScriptedChild.forward` runs. What it returns is `result`.",
        "`Linear.forward` runs. What it returns is `result`.",
        "`forward` is a `ScriptMethod` of `torch`, which runs. What it returns is handed back as it is.",
    }


def test_what_comes_of_a_call_is_told_ahead_while_it_is_made():
    """By hand: the statements of `CNN.forward` that call a submodule, and the turn of the hook."""
    seen = observe(Experiment(model="cnn", hooks=(Hook(action="double", at="conv1"),)))
    done = narrate(seen)
    ahead = narrate_ahead(seen, done)
    for index, text in ahead.items():
        assert seen.trace.steps[index + 1].kind == "call"
        assert text == done[index].replace(" becomes ", " will become ").replace("It returns", "It will return")
    said_ = [text for text in ahead.values() if "will become" in text]
    assert [re.search(r"calls `(\w+)`", text)[1] for text in said_] == ["conv1", "pool", "conv2", "pool", "fc1", "fc2"]
    assert "The hook is called. It will return float32 [1, 16, 28, 28]." in ahead.values()


def test_hooks_are_spoken_of_where_a_module_is_called():
    plain, module = (observe(Experiment(model=key, call="forward")) for key in ("not-a-model", "simple"))
    assert "hooks of this module" not in " ".join(narrate(plain))
    assert narrate(plain)[0].endswith("`__call__` plays no part.")
    assert narrate(module)[0].endswith("so nothing will look for hooks of this module.")


def fails_in(x):
    raise ValueError(x)


def ends_in_finally(x):
    try:
        fails_in(x)
    finally:
        x = 0


def passes_a_with_and_another_class(x):
    try:
        with torch.no_grad():
            fails_in(x)
    except LookupError:
        x = 0


def caught_by_the_second(x):
    try:
        fails_in(x)
    except LookupError:
        x = 0
    except ValueError:
        x = 1
    raise LookupError(x)


def caught_on_one_line(x):
    try:
        fails_in(x)
    except ValueError: x = 1  # fmt: skip
    raise LookupError(x)


def suppressed(x):
    with suppress(ValueError):
        fails_in(x)
    return x


@pytest.mark.parametrize("function", [ends_in_finally, passes_a_with_and_another_class])
def test_what_only_sees_an_exception_is_not_said_to_catch_it(function):
    texts = [text for _, text in said(observe_call(function, 3))]
    name = f"`{function.__name__}`"
    assert f"The exception is on its way out of {name}: what still runs there does not catch it." in texts
    assert f"{name} catches the exception and goes on." not in texts


@pytest.mark.parametrize("function", [caught_by_the_second, caught_on_one_line, suppressed])
def test_what_catches_an_exception_is_said_to(function):
    texts = [text for _, text in said(observe_call(function, 3))]
    assert f"`{function.__name__}` catches the exception and goes on." in texts


def on_one_line(x):
    if x == 1: x = x * 2  # fmt: skip
    return x


def test_a_condition_whose_body_is_on_its_line_is_not_said_to_hold_or_not():
    for given in (1, 2):
        texts = " ".join(text for _, text in said(observe_call(on_one_line, given)))
        assert "condition" not in texts


@pytest.mark.filterwarnings("ignore:.*always_call.*")
def test_what_an_always_called_hook_returns_after_an_exception_reaches_the_next_one():
    hooks = (Hook(action="zero", always_call=True), Hook(always_call=True))
    texts = " ".join(text for _, text in said(observe(Experiment(model="cnn", size=32, hooks=hooks))))
    assert "`result` is now what the hook returned: 0. Hooks that still run get it; the caller gets the" in texts
    assert "A hook runs: `observe#2` gets" in texts
    assert "`output` = 0." in texts


def test_only_submodules_have_a_name_in_the_script():
    seen = observe(Experiment(model="simple", entry_mode="jit.trace"))
    told = {"": [], "linear": []}
    for step, text in zip(seen.trace.steps, narrate(seen), strict=True):
        if step.frame is not None and seen.trace.frames[step.frame].function == "Module._slow_forward":
            told[seen.trace.frames[step.frame].module].append(text)
    assert "The script has no name for this module." in told[""]
    assert any("there is no name to take back" in text for text in told[""])
    assert any("The name of this module in the script: '" in text for text in told["linear"])
    assert any("the name is taken back afterwards" in text for text in told["linear"])
    assert not any("None." in text for text in told[""])
