"""A package of the reader's: what is made of it, and what is said of what it raises."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
import torch
from torch import nn

from explorer.catalog.entry import Asked
from explorer.catalog.user_model import USER_MODEL, UserModel, UserModelError, load, read_request
from explorer.runtime.isolation import isolated
from tests.helpers import bare

NET = '''
import torch
from torch import nn


class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return torch.relu(self.fc(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = Part()
        self.drop = nn.Dropout(0.5)
        self.register_buffer("seen", torch.zeros(1))

    @classmethod
    def small(cls):
        return cls()

    def forward(self, x):
        """Adds one to a buffer of its own."""
        self.seen += 1
        return self.drop(self.part(x))


def make():
    return Net()


NUMBER = 3
net = Net()


def same():
    return net


def backbone():
    return nn.Sequential(net.part, nn.Linear(4, 2))


def plain():
    return nn.Sequential(nn.Linear(4, 2))


def nothing():
    make()


class Bare(nn.Module):
    def __init__(self):
        self.width = 4


def holds_a_bare_one():
    return nn.Sequential(nn.Sequential(Bare()), nn.Linear(4, 2))


def weights():
    return Net().state_dict()


def wide():
    width = 8
    return Net(width)


def leaves():
    raise SystemExit


class Once(nn.Module):
    made = 0

    def __init__(self):
        super().__init__()
        Once.made += 1
        if Once.made > 1:
            raise RuntimeError("only one of these")


stuck = nn.Linear(4, 4)
stuck.computed = stuck.weight * 2
made_by_code = type("Typed", (nn.Module,), {"forward": lambda self, x: x})
'''

Load = Callable[..., UserModel]


@pytest.fixture
def loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads `name` of a module of this text; each test's module has a name of its own."""
    module = f"mine_{abs(hash(tmp_path))}"
    monkeypatch.syspath_prepend(tmp_path)

    def loaded(name: str, *inputs: str, text: str = NET) -> UserModel:
        (tmp_path / f"{module}.py").write_text(dedent(text), encoding="utf-8")
        before = bare.state()
        try:
            return load(read_request(f"{module}:{name}", inputs or ("2x4",)))
        finally:
            assert bare.differing(before, bare.state()) == []

    return loaded


def refused(loading: Load, name: str, **more: str) -> str:
    with pytest.raises(UserModelError) as raised:
        loading(name, **more)
    return str(raised.value)


def made(own: UserModel, seed: int) -> nn.Module:
    with isolated(seed=seed):
        found: nn.Module = own.entry.make()
    return found


@pytest.mark.parametrize("name", ["make", "Net", "Net.small"])
def test_a_factory_or_a_class_is_called_anew_with_the_seed(loading: Load, name: str):
    own = loading(name)
    one, equal, other = made(own, 3), made(own, 3), made(own, 4)
    assert (own.entry.key, own.entry.title, own.entry.kind) == (USER_MODEL, "Net", "module")
    assert torch.equal(one.part.fc.weight, equal.part.fc.weight)
    assert not torch.equal(one.part.fc.weight, other.part.fc.weight)
    torch.manual_seed(3)
    assert torch.equal(one.part.fc.weight, type(one)().part.fc.weight)


@pytest.mark.parametrize("name", ["net", "same", "backbone"])
def test_what_two_runs_would_share_is_copied(loading: Load, name: str):
    """A module object, a factory that gives one, and a factory that gives a new module around a part of one."""
    own = loading(name)
    one, other = made(own, 0), made(own, 0)
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.zero_()
    one.register_forward_hook(print)
    one.eval()
    assert {id(part) for part in one.modules()}.isdisjoint(id(part) for part in other.modules())
    assert all(module.training for module in other.modules())
    assert not other._forward_hooks
    assert all(bool(parameter.any()) for parameter in other.parameters())
    assert all(bool(parameter.any()) for parameter in made(own, 0).parameters())


def test_the_inputs_are_drawn_from_the_generator(loading: Load):
    own = loading("make", "2x4", "int64:0..9:3")
    wanted = torch.Generator().manual_seed(1)
    first, second = own.entry.inputs(torch.Generator().manual_seed(1), Asked())
    assert torch.equal(first, torch.randn(2, 4, generator=wanted))
    assert torch.equal(second, torch.randint(0, 10, (3,), generator=wanted))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("make", ["Part", "Net", "make"]),
        ("Net", ["Part", "Net"]),
        ("Net.small", ["Part", "Net"]),
        ("net", ["Part", "Net"]),
        ("plain", ["plain"]),
        ("made_by_code", []),
    ],
)
def test_its_source_is_what_is_not_torchs_own(loading: Load, name: str, parts: list[str]):
    found = loading(name).entry.shown_code
    assert [part.__name__ for part in found] == parts
    assert all(inspect.getsource(part) in NET for part in found)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent", "has no absent."),
        ("Net.absent", ".Net has no absent."),
        ("NUMBER", "is of class int. Name a function or class"),
        ("nothing", "gave an object of class NoneType; it has to give an nn.Module."),
        ("weights", "gave an object of class OrderedDict; it has to give an nn.Module."),
        ("Bare", "Bare was not set up as an nn.Module, for its __init__ calls no super().__init__()."),
        ("holds_a_bare_one", "Make that the first line of Bare.__init__."),
        ("stuck", "cannot be copied (RuntimeError: Only Tensors created explicitly by the user"),
        ("Once", "raised RuntimeError: only one of these ("),
        ("leaves", "raised SystemExit ("),
    ],
)
def test_what_cannot_be_used_is_refused(loading: Load, name: str, said: str):
    assert said in refused(loading, name)


def test_what_the_factory_raises_is_told_with_its_file_and_line(loading: Load, tmp_path: Path):
    sentence = refused(loading, "wide")
    line = NET.splitlines().index("    return Net(width)") + 1
    assert "called with no arguments, raised TypeError: Net.__init__() takes 1 positional argument" in sentence
    assert str(tmp_path) in sentence
    assert sentence.endswith(f".py, line {line})")


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("x = 1\n1 / 0\n", "raised ZeroDivisionError: division by zero", 2),
        ("x = 1\n\nraise SystemExit('bye')\n", "raised SystemExit: bye", 3),
        ("import not_there_at_all\n", "raised ModuleNotFoundError: No module named 'not_there_at_all'", 1),
        ("def make(:\n", "raised SyntaxError: invalid syntax", 1),
        ("import torch\ntorch.nn.Linear('a', 2)\n", "raised TypeError", 2),
    ],
)
def test_what_the_import_raises_is_told_with_its_file_and_line(
    loading: Load, tmp_path: Path, text: str, said: str, line
):
    sentence = refused(loading, "make", text=text)
    assert sentence.startswith("Importing mine_")
    assert said in sentence
    assert str(tmp_path) in sentence
    assert sentence.endswith(f".py, line {line})")


@pytest.mark.parametrize("module", ["no_such_module_here", "json.no_such_module_here", "no_such.module"])
def test_a_module_that_is_not_there(module: str):
    with pytest.raises(UserModelError, match=r"there is no module .*PYTHONPATH"):
        load(read_request(f"{module}:make", ["1"]))


def test_an_import_that_changes_torchs_state_changes_it_for_no_other_code(loading: Load):
    """The fixture compares the state before and after."""
    text = """
        import torch
        torch.manual_seed(7)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.nn.modules.module.register_module_forward_hook(print)
        def make():
            return torch.nn.Linear(4, 2)
    """
    with torch.inference_mode():
        own = loading("make", text=text)
    assert own.entry.title == "Linear"
