"""Private names stand in one room, and a torch without one of them gives a record that says what it lost."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from explorer import observe_call
from explorer.runtime.torch_private import missing_private_names, names, notes_on_missing_names
from explorer.runtime.torch_private.modes import modes_at_work, without_torch_modes
from explorer.runtime.torch_private.names import PRIVATE_NAMES, PrivateName
from tests.helpers import patience

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / "explorer" / "runtime" / "torch_private"
# One sets options of the process's allocator; the other is about the compiler's internals and nothing else.
ALLOWED = {"explorer/ui/shell/process.py", "explorer/runtime/entry_modes/compiler_state.py"}


def uses(module: Path) -> set[str]:
    """Which of `torch._C` and `ctypes` a module's code names."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute):
            names = [ast.unparse(node)]
        found |= {name for name in ("torch._C", "ctypes") if any((each + ".").startswith(name + ".") for each in names)}
    return found


def test_no_other_module_uses_them():
    modules = [module for module in (ROOT / "explorer").rglob("*.py") if ROOM not in module.parents]
    found = {str(module.relative_to(ROOT)) for module in modules if uses(module)}
    assert found <= ALLOWED


def test_this_torch_has_all_of_them():
    assert missing_private_names() == ()
    assert notes_on_missing_names(frozenset({"every run", "caller's modes", "compile", "jit.trace"})) == ()


def test_each_is_said_once_with_its_reason():
    assert len({name.path for name in PRIVATE_NAMES}) == len(PRIVATE_NAMES)
    for name in PRIVATE_NAMES:
        assert name.why.endswith(".")
        assert not name.lost.endswith(".")
        assert name.lost.startswith("time") or name.seen_in is not None


def test_a_mode_is_off_inside_and_back_afterwards_whatever_is_raised():
    class Counts(torch.overrides.TorchFunctionMode):
        seen = 0

        def __torch_function__(self, func, types, args=(), kwargs=None):
            self.seen += 1
            return func(*args, **(kwargs or {}))

    x = torch.ones(2)
    with Counts() as mode:
        with pytest.raises(IndexError), without_torch_modes():
            x.sum(dim=2)
        assert mode.seen == 0
        assert modes_at_work()
        x.sum()
        assert mode.seen == 1
    assert not modes_at_work()


# In one process, for loading torch takes a second: a copy of the process for each name, which has not yet loaded the
# explorer. Only while that is loaded the name is hidden, as torch itself needs some of them.
PROGRAM = """
import json, os, sys
import torch, torch.overrides, torch.utils._python_dispatch
torch.set_num_threads(1)

def hide(path):
    if path == "torch.has_all_of_them":
        return lambda: None
    *above, name = path.split(".")[1:]
    owner, owners = torch, [torch]
    for each in above:
        owner = getattr(owner, each)
        owners.append(owner)
    if isinstance(owner, type):
        class Hidden: pass
        setattr(owners[-2], above[-1], Hidden)
        return lambda: setattr(owners[-2], above[-1], owner)
    kept = getattr(owner, name)
    delattr(owner, name)
    return lambda: setattr(owner, name, kept)

def outcome(path, entry_modes):
    restore = hide(path)
    from explorer.runtime.torch_private import missing_private_names
    restore()
    from explorer import Experiment, observe
    from explorer.experiment import Hook
    runs = {
        "eager": Experiment(model="cnn", backward=True), "hook": Experiment(model="batchnorm", hooks=(Hook(),)),
        "compile": Experiment(model="feedforward", entry_mode="compile"),
        "jit.trace": Experiment(model="cnn", entry_mode="jit.trace"),
    }
    found = {}
    for name, experiment in runs.items():
        if name in ("compile", "jit.trace") and entry_modes not in ("all", name):
            continue
        seen = observe(experiment)
        seen.to_json()
        notes = [note for note in seen.notes if note.startswith("torch ") and " has no `" in note]
        found[name] = [seen.error and seen.error.message, seen.output.text, len(seen.trace.steps), notes]
    return [list(missing_private_names()), found]

for argument in sys.argv[1:]:
    path, _, entry_modes = argument.partition(":")
    sys.stdout.flush()
    child = os.fork()
    if not child:
        try:
            print(json.dumps([path, *outcome(path, entry_modes)]), flush=True)
        except BaseException as error:
            import traceback
            traceback.print_exc()
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.fixture(scope="module")
def without_one() -> dict[str, tuple[list[str], dict[str, tuple[str | None, str, int, list[str]]]]]:
    """By the path of the name that is missing: what is said to be missing, and what each run gave."""
    if not hasattr(os, "fork"):
        pytest.skip("This system cannot copy a process.")
    paths = [name.path for name in PRIVATE_NAMES]
    arguments = ["torch.has_all_of_them:all", *(f"{name.path}:{name.seen_in}" for name in PRIVATE_NAMES)]
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10 * patience.SECONDS)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == ["torch.has_all_of_them", *paths], done.stderr
    return {path: (missing, runs) for path, missing, runs in lines}


@pytest.mark.parametrize("name", PRIVATE_NAMES, ids=lambda name: name.path)
def test_a_torch_without_it_still_records_and_says_what_is_lost(name: PrivateName, without_one):
    missing, runs = without_one[name.path]
    assert missing == [name.path]
    _, whole = without_one["torch.has_all_of_them"]
    for run, (error, output, steps, notes) in runs.items():
        assert error is None
        assert (output, steps) == (whole[run][1], whole[run][2])
        unknown = name.path.endswith("_stack")  # whether there is a mode cannot be told, so there may be one
        if name.seen_in in ("every run", run) or unknown:
            version = f"torch {torch.__version__} has no `{name.path}`, which torch {names.MEASURED_ON} has"
            assert notes == [f"{version}: {name.lost}."]
        else:
            assert notes == []


def test_what_is_lost_in_a_mode_of_the_callers_is_said_there_alone(monkeypatch: pytest.MonkeyPatch):
    lost = next(name for name in PRIVATE_NAMES if name.seen_in == "caller's modes")
    monkeypatch.setattr(names, "MISSING", (lost,))
    model, x = torch.nn.Linear(2, 2), torch.ones(1, 2)
    with torch.overrides.BaseTorchFunctionMode():
        inside = observe_call(model, x).notes
    assert [note for note in inside if lost.path in note]
    assert not [note for note in observe_call(model, x).notes if lost.path in note]
