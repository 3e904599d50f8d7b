"""What is said where a step is not what it looks like, or a module is not where one looks for it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer import observe_call
from explorer.reading.narration.narrator import narrate

X = torch.ones(1, 2)


def told(function, *args):
    return list(narrate(observe_call(function, *args)))


class Hidden(nn.Module):
    """Its layer is in a list, where torch does not look for submodules."""

    def __init__(self):
        super().__init__()
        self.layers = [nn.Identity()]
        self.inner = nn.Identity()

    def forward(self, x):
        x = self.layers[0](x)
        return self.inner(x)


def test_a_module_that_is_registered_nowhere_is_neither_the_outermost_nor_a_submodule():
    said = told(Hidden(), X)
    assert any(text.startswith("It calls an `Identity`.") for text in said)
    assert any(text.startswith("It calls `inner` (Identity).") for text in said)
    entered = [text for text in said if "is a call like the outermost one" in text]
    assert [text.partition(" is a call")[0] for text in entered] == [
        "Calling `Identity`",
        "Calling the submodule `inner` (Identity)",
    ]
    assert not any("calls the outermost module" in text for text in said)


class Again(nn.Module):
    def forward(self, x, once=True):
        if once:
            x = self(x, once=False)
        return x


def test_a_module_that_calls_itself_is_no_submodule():
    said = told(Again(), X)
    assert any("It calls the outermost module (Again, for the second time)." in text for text in said)
    assert not any("submodule" in text for text in said)


class Counter:
    def __init__(self):
        self.left = 2

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        self.left -= 1
        return self.left


def loops(counter):
    total = 0
    for number in counter:
        total += number
    return total


def test_the_end_of_an_iterator_ends_a_loop_and_nothing_raises_in_it():
    seen = observe_call(loops, Counter())
    said = [
        text
        for step, text in zip(seen.trace.steps, narrate(seen), strict=True)
        if step.frame is not None and seen.trace.frames[step.frame].function == "loops"
    ]
    assert said[-3:] == [
        "The iterator has no more items: the loop ends.",
        "The function ends here.",
        "`loops` returns 1.",
    ]
    assert not any("raises" in text or "catches" in text for text in said)


def forgets(x):
    y = z = x
    del y, z
    return x


def fails():
    raise AssertionError


def test_deleted_names_and_an_exception_without_words():
    assert "`y` is deleted and `z` is deleted." in told(forgets, 1)
    assert any(text.startswith("This statement raises AssertionError.") for text in told(fails))


class Overriding(Tensor):
    pass


def test_the_second_look_for_an_override_finds_none_in_force():
    """Inside the override torch has switched it off: the argument still is of such a class."""
    said = told(F.relu, X.as_subclass(Overriding))
    looks = [text for text in said if "override" in text.lower()]
    assert len(looks) == 1
    assert looks[0].endswith("No override of torch's functions is in force here, so torch's own code goes on.")


class Half(nn.Module):
    """Dropout twice, and one of them kept in train mode, as for Monte Carlo dropout."""

    def __init__(self):
        super().__init__()
        self.drawing = nn.Dropout()
        self.silent = nn.Dropout()
        self.register_buffer("running_total", torch.zeros(()))

    def forward(self, x):
        self.running_total += 1
        return self.silent(self.drawing(x))


def test_notes_tell_which_dropout_drew_and_do_not_take_any_buffer_for_statistics():
    model = Half().eval()
    model.drawing.train()
    notes = list(observe_call(model, torch.ones(64)).notes)
    assert any(note.startswith("`drawing` drew at random while the model is in eval mode: each") for note in notes)
    assert any(note.startswith("In eval mode `silent` ran no operation: it returned") for note in notes)
    assert not any("running statistics" in note for note in notes)
    both = observe_call(Half().eval(), X).notes
    assert any(note.startswith("In eval mode `drawing` and `silent` ran no operation: each") for note in both)


def marked(x):
    with torch.profiler.record_function("a block"):
        return x + 1


def test_a_profilers_mark_is_no_operation():
    nodes = observe_call(marked, X).graph.nodes
    assert [node.operation for node in nodes] == ["input", "add", "output"]
