"""A process in which a model of the reader's own is registered: an entry like any other, and everything works on it.

Each runs in a process of its own, since a process has one such model.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from explorer import Experiment, ExperimentError
from explorer.catalog import ENTRIES, default_model, entries
from explorer.catalog.user_model import USER_MODEL, user_model
from tests.helpers import patience

ROOT = Path(__file__).resolve().parents[3]
APP = ROOT / "app.py"
NET = """
import torch
from torch import nn
from torch.nn import functional as F
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 6)
        self.rnn = nn.LSTM(6, 5, batch_first=True)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(5, 2)

    def forward(self, ids, scale):
        states, _ = self.rnn(self.embed(ids))
        if self.training:
            states = self.drop(states)
        x = self.head(states[:, -1])
        return x * scale


class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.fc = nn.LazyLinear(2)

    def forward(self, x):
        return self.fc(self.drop(x))


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_forward_hook(lambda module, args, output: output * 100)
        self.linear = nn.utils.spectral_norm(nn.Linear(10, 2))

    def forward(self, x):
        return self.linear(x)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 2 * x * gradient


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * gradient


class Patched(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()
        self.forward = lambda x: 2 * self.act(x)


class Again(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(10, 10), nn.Linear(10, 2)

    def forward(self, x):
        x = checkpoint(self.a, x, use_reentrant=False)
        x = checkpoint(self.block, x, use_reentrant=False)
        x.register_hook(seen)
        x = checkpoint(Once.apply, x, use_reentrant=False)
        x = checkpoint(F.softsign, x, use_reentrant=False)
        return Square.apply(x)

    def block(self, x):
        return self.b(x).relu()


def seen(gradient):
    return None
"""
# Runs in the other process; what it prints is read here.
BEFORE = """
import json
import torch
from explorer import Experiment, Hook, observe, observe_call, study_dropout
from explorer.catalog import ENTRIES, build, default_model, entries, example_inputs, shown_code, submodule_paths
from explorer.catalog.user_model import load, read_request, register, user_model
from explorer.ui.pages.call_path.snippet import python_snippet
from tests.helpers import bare
register(load(read_request({target!r}, {inputs!r})))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with `mine/net.py`, which is not installed."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    (tmp_path / "mine" / "net.py").write_text(NET, encoding="utf-8")
    return tmp_path


def told(package: Path, program: str, name: str = "Net", inputs: Sequence[str] = ("int64:0..49:3x7", "1")) -> object:
    """What a program gives as `told` in a process started in the package's folder, with the model registered."""
    text = BEFORE.format(target=f"mine.net:{name}", inputs=inputs) + dedent(program) + "\nprint(json.dumps(told))"
    run = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{text}"]
    done = subprocess.run(run, cwd=package, capture_output=True, text=True, timeout=patience.SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_stands_first_and_is_what_a_bare_link_calls(package: Path):
    keys, default, paths = told(package, "told = [list(entries()), default_model(), submodule_paths('own')]")
    assert keys == [USER_MODEL, *ENTRIES]
    assert default == USER_MODEL
    assert paths == ["", "embed", "rnn", "drop", "head"]


def test_its_experiments_and_those_of_others_are_one_to_one_with_their_links(package: Path):
    params, back, doubts = told(
        package,
        """
        asked = [
            Experiment(model="own"),
            Experiment(model="own", training=False, grad="no_grad", hooks=(Hook("head", "double"),), seed=3),
            Experiment(),
            Experiment(model="simple", batch=4),
        ]
        params = [experiment.to_params() for experiment in asked]
        again = [Experiment.from_params(each) for each in params]
        named = Experiment.from_params({"model": "own", "seed": "3"})
        again.append((named[0] if named[0] != Experiment(model="own", seed=3) else asked[0], named[1]))
        told = [params, [one == other for one, (other, _) in zip([*asked, asked[0]], again)], [d for _, d in again]]
        """,
    )
    assert params == [
        {},
        {"mode": "eval", "grad": "no_grad", "hook": "double", "at": "head", "seed": "3"},
        {"model": "cnn"},
        {"model": "simple", "batch": "4"},
    ]
    assert back == [True] * 5
    assert doubts == [[]] * 5


def test_a_link_names_no_code(package: Path):
    """Neither another function of the same module nor anything else that could be imported."""
    answers = told(
        package,
        """
        told = []
        for text in ("os:system", "mine.net:Net", "mine.net", "own:Net", "OWN", "../mine"):
            experiment, doubts = Experiment.from_params({"model": text})
            told.append([experiment.model, doubts])
        """,
    )
    for model, doubts in answers:
        assert model == USER_MODEL
        assert len(doubts) == 1
        assert doubts[0].startswith(f"model must be one of {len(ENTRIES) + 1} names, and ")
        assert doubts[0].endswith("Used instead: own.")


def test_its_call_runs_as_bare_and_its_files_are_in_the_trace(package: Path):
    """Lines of torch and of the reader's file, and the output bit for bit, against the tests' own tracer."""
    told(
        package,
        """
        import mine.net
        from explorer.runtime.isolation import grad_mode
        for training, grad in ((True, "enabled"), (False, "no_grad"), (True, "inference_mode")):
            experiment = Experiment(model="own", training=training, grad=grad, seed=5)
            before = bare.state()
            seen = observe(experiment)
            assert not bare.differing(before, bare.state())
            assert seen == observe(experiment)
            assert seen.title == "Net" and seen.error is None and seen.training is training
            torch.manual_seed(5)
            model = mine.net.Net().train(training)
            generator = torch.Generator().manual_seed(2**31 + 5)
            inputs = torch.randint(0, 50, (3, 7), generator=generator), torch.randn(1, generator=generator)
            torch.manual_seed(5)
            with grad_mode(grad):
                value, raised, lines = bare.traced(lambda: model(*inputs), mine.net.__file__)
            assert raised is None
            assert lines[mine.net.__file__]
            bare.assert_same_lines(seen.trace.executed_lines, lines)
            assert seen.output.tensor.shape == value.shape == (3, 2)
            assert list(seen.output.tensor.preview) == value.flatten().tolist()
        told = True
        """,
    )


def test_hooks_graph_and_dropout_work_on_it(package: Path):
    told(
        package,
        """
        hooks = (Hook("", "observe"), Hook("drop", "double"), Hook("head", "zero", kind="forward"))
        seen = observe(Experiment(model="own", hooks=hooks))
        fired = [frame.function for frame in seen.trace.frames if frame.role == "hook"]
        assert fired == ["double#2", "zero#3", "observe#1"], fired
        assert set(seen.output.tensor.preview) == {0}
        seen = observe(Experiment(model="own", training=False))
        operations = [node.operation for node in seen.graph.nodes]
        assert operations[:2] == ["input", "input"] and operations[-1] == "output"
        assert {"embedding", "lstm", "linear"} < set(operations) and "dropout" not in operations
        study = study_dropout(Experiment(model="own"), 50)
        assert study.distinct > 1 and study.samples.shape == (50, 6)
        assert study_dropout(Experiment(model="own", training=False), 50).distinct == 1
        told = True
        """,
    )


@pytest.mark.parametrize(
    "hook",
    ["''", "'', 'double', always_call=True", "'', is_global=True, with_kwargs=True", "'', kind='forward_pre'"],
)
def test_a_hook_leaves_the_models_own_hooks_in_place(package: Path, hook: str):
    """Both run, as in bare torch, where the model is made and the hook registered one after the other."""
    told(
        package,
        f"""
        import mine.net
        from explorer.catalog.hooks import register as register_hooks
        experiment = Experiment(model="own", hooks=(Hook({hook}), Hook("linear", kind="forward_pre")), seed=5)
        seen = observe(experiment)
        assert seen == observe(experiment)
        ran = [frame.function for frame in seen.trace.frames if frame.role == "hook"]
        assert sum(name.endswith("#1") for name in ran) == 1 + experiment.hooks[0].is_global
        assert sum(name.endswith("#2") for name in ran) == sum("<lambda>" in name for name in ran) == 1
        torch.manual_seed(5)
        model = mine.net.Hooked()
        register_hooks(model, experiment.hooks)
        x = torch.randn(1, 10, generator=torch.Generator().manual_seed(2**31 + 5))
        torch.manual_seed(5)
        assert list(seen.output.tensor.preview) == model(x).flatten().tolist()
        told = True
        """,
        "Hooked",
        ["1x10"],
    )


@pytest.mark.parametrize(
    "settings",
    [
        "",
        "training=False, grad='no_grad'",
        "call='forward', grad='inference_mode', seed=4",
        "hooks=(Hook('', 'double'), Hook('head', 'observe')), seed=2",
    ],
)
def test_the_snippet_repeats_its_run(package: Path, settings: str):
    told(
        package,
        f"""
        import contextlib, io
        experiment = Experiment(model="own", {settings})
        space = {{}}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(python_snippet(experiment), space)
        seen, again = observe(experiment), space["obs"]
        assert again.output == seen.output
        assert again.trace.executed_lines == seen.trace.executed_lines
        assert [step.line for step in again.trace.steps] == [step.line for step in seen.trace.steps]
        told = True
        """,
    )


def test_the_snippet_says_what_it_leaves_out(package: Path):
    text = told(package, "told = python_snippet(Experiment(model='own', entry_mode='compile', backward=True))")
    assert "# The page's run has entry_mode='compile', backward=True as well, which observe_call does not have." in text
    assert "# " not in told(package, "told = python_snippet(Experiment(model='own'))")


def test_the_other_ways_in_work_on_it(package: Path):
    """Inputs by name, the compiled branch, `torch.jit.trace`, and `backward()` after the call."""
    told(
        package,
        """
        plain = observe(Experiment(model="own", training=False))
        for settings in ({"keyword": True}, {"entry_mode": "compile"}, {"entry_mode": "jit.trace"}, {"backward": True}):
            experiment = Experiment(model="own", training=False, **settings)
            seen = observe(experiment)
            assert seen.error is None, (settings, seen.error)
            assert seen.output.tensor.preview == plain.output.tensor.preview, settings
            assert seen == observe(experiment), settings
        assert [name for name, _ in observe(Experiment(model="own", keyword=True)).inputs] == ["ids", "scale"]
        told = True
        """,
    )


def test_a_plain_function_as_forward_is_what_torch_jit_calls(package: Path):
    told(
        package,
        """
        hook = Hook("", "double")
        for call, attribute, times in (("call", "__call__", 4), ("forward", "forward", 2)):
            seen = observe(Experiment(model="own", entry_mode="jit.trace", call=call, hooks=(hook,)))
            assert seen.error is None and seen.lookup.attribute == attribute
            ran = [frame.function for frame in seen.trace.frames]
            assert sum(name.endswith("<lambda>") for name in ran) == 1 and "relu" in ran, ran
            assert ("double#1" in ran) == (call == "call"), ran
            x = torch.tensor(seen.inputs[0][1].tensor.preview)
            assert torch.equal(torch.tensor(seen.output.tensor.preview), times * x.relu())
            notes = " ".join(seen.notes)
            assert ("is a plain function here" in notes) == (call == "forward"), notes
            assert "takes the module" not in notes and "before it called" not in notes, notes
        told = True
        """,
        "Patched",
        ["2x3"],
    )


def test_a_model_that_no_closed_form_can_be_sought_for_is_studied_without_one(package: Path):
    """A lazy module has no weights before its first call, so they cannot be frozen."""
    because = told(
        package,
        """
        study = study_dropout(Experiment(model="own"), 50)
        assert study.theory is None and study.distinct > 1
        told = study.theory_because
        """,
        "Lazy",
        ("1x6",),
    )
    assert because == "Looking for one raised ValueError, so none is claimed."


def test_of_what_backward_calls_only_hooks_are_hooks(package: Path):
    """Not the `backward` of a `Function`, nor what `checkpoint` runs again."""
    told(
        package,
        """
        from explorer.reading.narration.narrator import narrate
        from explorer.reading.compare.one_side import hook_counts
        seen = observe(Experiment(model="own", backward=True))
        assert seen.backward.error is None
        assert [frame.function for frame in seen.trace.frames if frame.role == "hook"] == ["seen"]
        functions = [frame.function for frame in seen.trace.frames if frame.role == "function"]
        assert functions == ["Square.backward", "Once.backward"], functions
        again = [frame.role for frame in seen.trace.frames if frame.function == "softsign"]
        assert again == ["functional", "functional"], again
        assert [each.hook for each in hook_counts(seen, seen)] == ["seen"]
        texts = narrate(seen)
        begins = {seen.trace.frames[step.frame].function: step for step in seen.trace.steps if step.kind == "call"}
        for name, told in (
            ("Square.backward", "Going back, autograd calls `Square.backward`, which gets `ctx` = "),
            ("seen", "Going back, autograd calls the hook `seen`, which gets `gradient` = "),
            ("Again.block", "`Again.block` begins with `x` = "),
        ):
            assert begins[name].phase == "backward" and begins[name].level == 1
            assert texts[begins[name].index].startswith(told), texts[begins[name].index]
        told = True
        """,
        "Again",
        ["1x10"],
    )


def test_what_runs_again_in_backward_is_not_told_as_the_call(package: Path):
    """Nor counted in the headline: that is of `model(x)`."""
    told(
        package,
        """
        from explorer.reading.narration.narrator import narrate
        from explorer.ui.pages.call_path.headline import headline
        without = observe(Experiment(model="own"))
        seen = observe(Experiment(model="own", backward=True))
        assert len(seen.graph.calls) == len(without.graph.calls) + 2
        assert headline(seen).startswith(headline(without))
        assert "**3** module calls" in headline(seen), headline(seen)
        assert seen.trace.backward_from == len(without.trace.steps) and without.trace.backward_from is None
        told = [text for text in narrate(seen) if "enters torch here" in text or "on the way back" in text]
        assert len(told) == 2, told
        assert told[0].startswith("`model(x)` enters torch here")
        assert told[1].startswith(
            "`model(x)` has returned, and `backward()` is running: `a` (Linear) is called again on the way back."
        )
        """,
        "Again",
        ["1x10"],
    )


def test_its_source_is_its_class(package: Path):
    assert told(package, "told = shown_code('own')") == NET.split("\n\n\n")[1] + "\n"


def test_it_stays_once_it_is_registered(package: Path):
    """Another request is refused; an equal one changes nothing, whatever was loaded for it."""
    kept, refused = told(
        package,
        """
        first = user_model()
        register(load(read_request("mine.net:Net", ("int64:0..49:3x7", "1"))))
        kept = user_model() is first
        try:
            register(load(read_request("mine.net:Hooked", ["1x10"])))
            refused = ""
        except ValueError as error:
            refused = str(error)
        told = [kept and user_model() is first, refused]
        """,
    )
    assert kept
    assert (
        refused == "mine.net:Net is this process's own model already; mine.net:Hooked can be that of another process."
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--model mine.net:Net --input int64:0..49:3x7 1", [None, True, "own", ["own", "function"]]),
        ("--model mine.net:Net", ["--model needs at least one --input to be called with.", False, "cnn", ["function"]]),
        (
            "--model mine.net:Nett --input 1",
            ["--model mine.net:Nett: mine.net has no Nett.", False, "cnn", ["function"]],
        ),
        ("", [None, False, "cnn", ["function"]]),
    ],
)
def test_the_app_registers_what_its_command_line_names(package: Path, arguments: str, said: list[object]):
    """And asks once, however often its script runs."""
    program = f"""
        import sys, json
        sys.path.insert(0, {str(ROOT)!r})
        sys.argv = [{str(APP)!r}, *{arguments.split()!r}]
        from explorer.catalog import default_model, entries
        from explorer.catalog.user_model import user_model
        from streamlit.testing.v1 import AppTest
        assert user_model() is None
        for _ in range(2):
            app = AppTest.from_file({str(APP)!r}, default_timeout={patience.SECONDS}).run()
            assert not app.exception
        sentence = app.error[0].value.split(" Write ")[0] if app.error else None
        print(json.dumps([sentence, user_model() is not None, default_model(), list(entries())]))
    """
    run = [sys.executable, "-c", dedent(program)]
    done = subprocess.run(run, cwd=package, capture_output=True, text=True, timeout=patience.SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    sentence, registered, default, keys = json.loads(done.stdout.splitlines()[-1])
    sentence = sentence and sentence.replace("\\", "")  # Markdown's escapes
    assert [sentence, registered, default, keys[: len(said[3])]] == said


def test_where_none_is_registered_there_is_none():
    assert user_model() is None
    assert default_model() == "cnn"
    assert entries() is ENTRIES
    with pytest.raises(ExperimentError, match="'own' is not one"):
        Experiment(model=USER_MODEL)
    experiment, doubts = Experiment.from_params({"model": USER_MODEL})
    assert experiment == Experiment()
    assert len(doubts) == 1
