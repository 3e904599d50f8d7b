"""Through `torch.compile` and inside `torch.jit.trace`, an observed call is the bare one, and leaves nothing behind."""

import dataclasses
import gc
import inspect
import linecache
import logging
from pathlib import Path

import pytest
import torch
import torch._dynamo
from torch import nn

from explorer import Experiment, observe
from explorer.capture.values.summaries import summarize
from explorer.catalog import ENTRIES, build, submodule_paths
from explorer.experiment import Hook
from explorer.reading.narration.narrator import narrate
from explorer.ui.pages.call_path.headline import headline
from tests.helpers import bare, entry_modes

SEED = 3
CALLS = {"compile": entry_modes.compiled_call, "jit.trace": entry_modes.traced_call}
MODULES = [key for key in ENTRIES if ENTRIES[key].kind == "module"]
MODES = [(True, "enabled"), (False, "no_grad"), (True, "inference_mode"), (False, "enabled")]
CASES = [
    pytest.param(key, entry_mode, training, grad, id=f"{key}-{entry_mode}-{'train' if training else 'eval'}-{grad}")
    for key in MODULES
    for entry_mode in CALLS
    for training, grad in (MODES[:2] if key == "resnet18" else MODES)
]


def check(experiment, expected):
    """The observed run is the bare one; what is left is what was found."""
    value, raised, lines = expected
    before = bare.state()
    patched = {name: vars(nn.Module).get(name) for name in ("__init__", "__setstate__")}
    seen = observe(experiment)
    assert bare.differing(before, bare.state()) == []
    assert {name: vars(nn.Module).get(name) for name in patched} == patched
    bare.assert_same_lines(seen.trace.executed_lines, {file: found for file, found in lines.items() if found})
    if raised is None:
        assert seen.error is None
        assert seen.output == summarize(value)
    else:
        assert seen.output is None
        assert (seen.error.type, seen.error.message) == (type(raised).__name__, str(raised))
    return seen


def hooks_of(key):
    inner = submodule_paths(key)[-1]
    return [(), (Hook("", "double"), Hook(inner, "observe"), Hook(inner, "double", "forward_pre"))]


@pytest.mark.parametrize(("key", "entry_mode", "training", "grad"), CASES)
def test_an_observed_run_is_the_bare_one(key, entry_mode, training, grad):
    for hooks in hooks_of(key)[: 1 if key == "resnet18" else 2]:
        experiment = Experiment(model=key, entry_mode=entry_mode, training=training, grad=grad, hooks=hooks, seed=SEED)
        check(experiment, CALLS[entry_mode](experiment))


KINDS = [Hook("", "observe", kind) for kind in ("full_backward", "full_backward_pre", "backward")]
KINDS += [dataclasses.replace(hook, at="fc1") for hook in KINDS]
KINDS += [Hook("", "double", "forward", True), Hook("", "double", "forward_pre", True)]
KINDS += [Hook("", "observe", "full_backward", True), Hook("", "observe", "forward", with_kwargs=True)]
KINDS += [
    Hook("", "raise"),
    Hook("fc1", "raise"),
    Hook("", "zero", always_call=True),
    Hook("fc1", "raise", "forward_pre"),
]


@pytest.fixture(autouse=True)
def no_global_hook_left():
    """The bare calls of this file register global hooks for good; here they go again."""
    yield
    forget_global_hooks()


def forget_global_hooks():
    source = nn.modules.module
    for name in vars(source):
        if name.startswith("_global_") and name.endswith("_hooks"):
            getattr(source, name).clear()
    source._global_is_full_backward_hook = None


@pytest.mark.parametrize("entry_mode", CALLS)
@pytest.mark.parametrize("hook", KINDS, ids=lambda hook: f"{hook.kind}-{hook.action}-{hook.at}-{hook.is_global}")
def test_with_each_kind_of_hook(hook, entry_mode):
    experiment = Experiment(model="cnn", entry_mode=entry_mode, hooks=(hook,), seed=SEED)
    with torch.random.fork_rng():
        expected = CALLS[entry_mode](experiment)
    forget_global_hooks()
    check(experiment, expected)


# ---- what each way in shows


def lines_of(seen, function):
    frame = next(frame for frame in seen.trace.frames if frame.function == function)
    return [step.line for step in seen.trace.steps if step.frame == frame.index and step.kind == "statement"]


def test_the_compiled_branch_and_a_forward_of_which_no_line_runs():
    seen, plain = observe(Experiment(model="cnn", entry_mode="compile")), observe(Experiment(model="cnn"))
    first = inspect.getsourcelines(type(build("cnn")).forward)[1]
    assert lines_of(seen, "CNN.forward") == [first]  # the `def` itself
    texts = [
        linecache.getline(bare.MODULE_FILE, step.line).strip()
        for step in seen.trace.steps
        if step.phase == "compiled?" and step.kind == "statement"
    ]
    assert texts[-1].startswith("return self._compiled_call_impl(")
    assert [call.module_class for call in seen.graph.calls] == ["CNN"]
    assert [node.operation for node in seen.graph.nodes] == [node.operation for node in plain.graph.nodes]
    assert seen.output == plain.output
    (note,) = [note for note in seen.notes if "`torch.compile` replaced `CNN.forward`" in note]
    assert "A first call compiled" in note
    assert any("What `torch.compile` made of `CNN.forward` runs in its place" in text for text in narrate(seen))


def compile_note(model, *hooks):
    seen = observe(Experiment(model=model, entry_mode="compile", hooks=hooks))
    (note,) = [note for note in seen.notes if "A first call compiled" in note]
    return seen, note.partition(" A first call")[0]


def test_a_forward_that_python_went_on_with_is_not_said_to_have_run_no_line():
    seen, note = compile_note("feedforward", Hook("fc1", kind="full_backward_pre"))
    assert any(line > seen.trace.frames[2].first_line for line in lines_of(seen, "FeedforwardNetwork.forward"))
    assert note == (
        "`torch.compile` replaced `FeedforwardNetwork.forward` in part: the rest ran as Python, and 2 module calls "
        "are left. `__call__` ran as ever."
    )


FORWARD = "`torch.compile` replaced `SimpleModel.forward`: none of its lines ran, and one module call is left. "


@pytest.mark.parametrize(
    ("hooks", "said"),
    [
        ((), FORWARD + "`__call__` ran as ever."),
        ((Hook(),), FORWARD + "`__call__` and the hook `observe#1` around it ran as ever."),
        (
            (Hook("linear"), Hook(action="double")),
            FORWARD + "`__call__` ran as ever; the hook `double#2` ran compiled.",
        ),
        (
            (Hook(kind="forward_pre", action="double"), Hook(kind="forward_pre")),
            FORWARD + "`__call__` and the hook `observe#2` around it ran as ever; the hook `double#1` ran compiled.",
        ),
        (
            (Hook(kind="forward_pre", action="double"), Hook(kind="forward_pre", action="raise")),
            "`__call__` and the hook `fail#2` around it ran as ever; the hook `double#1` ran compiled.",
        ),
    ],
)
def test_the_hooks_around_a_compiled_forward_are_compiled_or_not(hooks, said):
    seen, note = compile_note("simple", *hooks)
    assert note == said
    for frame in seen.trace.frames:
        if frame.role == "hook":
            compiled = lines_of(seen, frame.function) == [frame.first_line]
            assert compiled is (f"`{frame.function}` ran compiled" in note)


def test_forward_goes_past_what_was_compiled():
    one, other = (
        observe(Experiment(model="cnn", entry_mode=entry_mode, call="forward")) for entry_mode in ("compile", "eager")
    )
    assert (one.trace, one.graph, one.output) == (other.trace, other.graph, other.output)
    assert any("goes past the compiled version" in note for note in one.notes)


def test_what_cannot_be_compiled_raises_torchs_own_error():
    experiment = Experiment(model="cnn", entry_mode="compile", size=32)
    seen = check(experiment, entry_modes.compiled_call(experiment))
    assert seen.error.type == "TorchRuntimeError"
    assert "shape '[-1, 1568]' is invalid for input of size 2048" in seen.error.message


@pytest.mark.parametrize("call", ["call", "forward"])
def test_the_record_begins_where_torch_jit_calls_the_model(call):
    seen = observe(Experiment(model="cnn", entry_mode="jit.trace", call=call))
    frames = [frame.function for frame in seen.trace.frames][:4]
    assert frames == ["Module._wrapped_call_impl", "Module._call_impl", "Module._slow_forward", "CNN.forward"]
    assert seen.trace.steps[-1].frame == 0
    assert seen.trace.steps[-1].value.tensor.shape == seen.output.tensor.shape == (1, 10)
    assert (seen.expression, seen.lookup.attribute) == ("model(x)", "__call__")
    assert any("`_slow_forward`" in note for note in seen.notes)
    assert any("takes the module and calls that" in note for note in seen.notes) == (call == "forward")


def test_forward_inside_torch_jit_runs_the_hooks_of_the_outermost_module():
    for entry_mode, ran in (("eager", 0), ("jit.trace", 1)):
        seen = observe(Experiment(model="cnn", entry_mode=entry_mode, call="forward", hooks=(Hook("", "observe"),)))
        assert sum(frame.role == "hook" for frame in seen.trace.frames) == ran


@pytest.mark.parametrize("key", ["patched-forward", "no-forward"])
def test_a_forward_of_another_name_is_what_torch_jit_refuses(key):
    """`torch.jit.trace` takes a bound method for its module where that is named `forward`, and only there."""
    experiment = Experiment(model=key, entry_mode="jit.trace", call="forward", seed=SEED)
    seen = check(experiment, entry_modes.traced_call(experiment))
    assert seen.error.message.startswith("trace doesn't support compiling individual module's functions.")
    assert (seen.expression, seen.lookup.attribute) == ("model.forward(x)", "forward")
    assert headline(seen).startswith("`model.forward(x)` on ")
    assert narrate(seen)[0].startswith("`model.forward` is an attribute like any other")


def test_torch_jit_refuses_before_the_call_or_after_it():
    refused = observe(Experiment(model="simple", entry_mode="jit.trace", hooks=(Hook("", "observe", "full_backward"),)))
    assert refused.error.type == "ValueError"
    assert len(refused.trace.steps) == 1
    assert any("before it called the model" in note for note in refused.notes)
    late = observe(Experiment(model="dict-output", entry_mode="jit.trace"))
    assert late.error.step is None
    assert late.trace.steps[-1].value.type == "dict"
    assert any("was over when `torch.jit.trace` raised" in note for note in late.notes)


# ---- inputs by name


@pytest.mark.parametrize("call", ["call", "forward"])
@pytest.mark.parametrize("key", ENTRIES)
def test_inputs_by_name(key, call):
    experiment = Experiment(model=key, call=call, keyword=True, seed=SEED)
    if key in ("checkpoint", "load-state-dict", "python-module", "module-list", "no-forward"):
        seen = observe(experiment)
        assert seen.inputs[0][0] == "0"  # no parameter there has a name
        assert any("went in by its position" in note for note in seen.notes)
        return
    model, args, kwargs = entry_modes.fresh(experiment)
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        expected = bare.traced(lambda: model(*args, **kwargs) if call == "call" else model.forward(*args, **kwargs))
    seen = check(experiment, expected)
    assert [name for name, _ in seen.inputs] == ["x"]
    assert seen.expression == ("model(x=x)" if call == "call" else "model.forward(x=x)")


@pytest.mark.parametrize("entry_mode", CALLS)
def test_inputs_by_name_through_the_other_ways_in(entry_mode):
    for hooks in ((), (Hook("", "double", "forward_pre", with_kwargs=True),)):
        experiment = Experiment(model="cnn", entry_mode=entry_mode, keyword=True, hooks=hooks, seed=SEED)
        check(experiment, CALLS[entry_mode](experiment))


# ---- nothing is left


def test_equal_experiments_give_equal_observations():
    for experiment in (
        Experiment(model="transformer", entry_mode="jit.trace"),
        Experiment(model="recurrent", entry_mode="jit.trace", grad="inference_mode"),
        Experiment(model="batchnorm", entry_mode="compile"),
        Experiment(model="dropout", entry_mode="compile", hooks=(Hook("linear", "observe", "full_backward"),)),
    ):
        one = observe(experiment)
        observe(Experiment(model="cnn", entry_mode="compile", size=32))
        assert observe(experiment) == one


def test_the_first_call_leaves_the_buffers_as_they_were():
    for key in ("batchnorm", "frozen-child"):
        plain = Experiment(model=key, seed=SEED)
        assert observe(plain).changed_buffers
        assert (
            observe(dataclasses.replace(plain, entry_mode="compile")).changed_buffers == observe(plain).changed_buffers
        )


def test_what_records_a_run_is_not_compiled(monkeypatch):
    """torch offers every Python function that runs inside a compiled one to its compiler."""
    offered = []
    take = torch._dynamo.convert_frame.CatchErrorsWrapper.__call__

    def taking(self, frame, *rest):
        offered.append(frame.f_code.co_filename)
        return take(self, frame, *rest)

    monkeypatch.setattr(torch._dynamo.convert_frame.CatchErrorsWrapper, "__call__", taking)
    observe(Experiment(model="cnn", entry_mode="compile", hooks=(Hook("fc1", "observe", "full_backward"),)))
    assert any(file.startswith(bare.CATALOG) for file in offered)
    ours = str(Path(bare.CATALOG).parent)
    assert [file for file in offered if file.startswith(ours) and not file.startswith(bare.CATALOG)] == []


def test_a_plain_run_is_the_same_before_and_after():
    experiment = Experiment(model="batchnorm", seed=SEED)
    one = observe(experiment)
    for entry_mode in CALLS:
        observe(Experiment(model="batchnorm", entry_mode=entry_mode))
    assert observe(experiment) == one


def test_nothing_is_said_in_the_log(capfd, caplog, recwarn):
    with caplog.at_level(logging.DEBUG):
        for entry_mode in CALLS:
            observe(Experiment(model="transformer", entry_mode=entry_mode))
            observe(Experiment(model="cnn", entry_mode=entry_mode, size=32))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert list(recwarn) == []
    assert capfd.readouterr() == ("", "")


def test_the_model_and_what_was_compiled_are_let_go():
    gc.collect()
    before, others = generated(), alive()  # another test may still hold a model of its own
    seen = observe(Experiment(model="cnn", entry_mode="compile"))
    gc.collect()
    assert [model for model in alive() if not any(model is other for other in others)] == []
    assert seen.output is not None
    assert generated() == before


def alive():
    return [item for item in gc.get_objects() if type(item).__name__ == "CNN"]


def generated():
    """The graphs that torch has written as Python, by file name: of the bare calls above too."""
    return {name for name in linecache.cache if name.startswith("<eval_with_key>")}


@pytest.mark.parametrize("entry_mode", CALLS)
@pytest.mark.parametrize("key", ["dropout", "recurrent", "transformer", "batchnorm", "bare-dropout"])
def test_the_values_are_the_plain_ones(key, entry_mode):
    """So the dropout page may make its calls without a compiler or a tracer around each."""
    for training in (True, False):
        plain = Experiment(model=key, training=training, seed=SEED)
        assert observe(dataclasses.replace(plain, entry_mode=entry_mode)).output == observe(plain).output
