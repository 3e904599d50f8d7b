"""The map of `__call__`: its statements against Python's own reading of the source, and what ran against bare calls."""

import ast
import dis
import inspect
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.modules import module as module_source

from explorer import Experiment, Hook, observe
from explorer.catalog import build, example_inputs
from explorer.presets import PRESETS
from explorer.reading import call_map
from explorer.runtime.entry_modes import compiled
from explorer.torch_source.find_roles import roles
from tests.helpers import bare

FUNCTIONS = [nn.Module._wrapped_call_impl, nn.Module._call_impl, nn.Module._slow_forward]
CODES = {function.__code__ for function in FUNCTIONS} | {
    constant for constant in nn.Module._call_impl.__code__.co_consts if inspect.iscode(constant)
}


def statements_of(function):
    """(first line, node) of each statement inside a function, read anew."""
    lines, first = inspect.getsourcelines(function)
    (outer,) = ast.parse(textwrap.dedent("".join(lines))).body
    inner = [node for node in ast.walk(outer) if isinstance(node, ast.stmt | ast.ExceptHandler) and node is not outer]
    return [(first + node.lineno - 1, node) for node in inner]


@pytest.fixture(scope="module")
def runs():
    """What each preset reached, each run once; the process's state is as before."""
    before = bare.state()
    found = {preset: call_map.reached(observe(preset.experiment)) for preset in PRESETS}
    assert bare.differing(before, bare.state()) == []
    return found


def bare_lines(function):
    """Lines of the three functions that a call executes, seen by a tracer of this test's own."""
    lines = set()

    def local(frame, event, argument):
        if event == "line":
            lines.add(frame.f_lineno)
        return local

    def enter(frame, event, argument):
        return local if frame.f_code in CODES else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        bare.run(function)
    finally:
        sys.settrace(before)
    return lines


def places_at(lines):
    return {first for first, place in call_map.mapped_statements().items() if lines & set(range(first, place.last + 1))}


def test_the_map_has_every_statement_of_the_three_functions_once():
    expected = sorted(line for function in FUNCTIONS for line, _ in statements_of(function))
    assert sorted(call_map.mapped_statements()) == expected
    assert [region.name for region in call_map.mapped_functions()] == [function.__name__ for function in FUNCTIONS]


def test_a_place_without_code_is_a_declaration():
    declared = {
        line
        for function in FUNCTIONS
        for line, node in statements_of(function)
        if isinstance(node, ast.Nonlocal | ast.Global)
    }
    assert {first for first, place in call_map.mapped_statements().items() if not place.has_code} == declared


def test_each_statement_of_the_map_has_its_role():
    assert {line: place.role for line, place in call_map.mapped_statements().items()} == roles()


def observed_hook(*_):
    return None


def returning_zero(*_):
    return 0


def raising(*_):
    raise RuntimeError("this hook raises")


def hooked(model, *registrations):
    """The entry, with hooks registered by torch's own methods; those of `module_source` are taken off by the caller."""
    made = build(model)
    handles = [getattr(made, name)(hook, **options) for name, hook, options in registrations if hasattr(made, name)]
    handles += [
        getattr(module_source, name)(hook, **options)
        for name, hook, options in registrations
        if not hasattr(made, name)
    ]
    return made, handles


CNN_32 = {"model": "cnn", "size": 32}
ALWAYS = {"always_call": True}
SAMPLE = [
    ({"model": "simple"}, [], ()),
    ({"model": "simple", "call": "forward"}, [], ()),
    ({"model": "simple"}, [("register_forward_hook", observed_hook, {})], (Hook(),)),
    ({"model": "simple"}, [("register_forward_hook", returning_zero, {})], (Hook(action="zero"),)),
    (
        {"model": "simple"},
        [("register_forward_pre_hook", returning_zero, {"with_kwargs": True})],
        (Hook(kind="forward_pre", action="zero", with_kwargs=True),),
    ),
    ({"model": "simple"}, [("register_full_backward_hook", observed_hook, {})], (Hook(kind="full_backward"),)),
    ({"model": "dict-output"}, [("register_full_backward_hook", observed_hook, {})], (Hook(kind="full_backward"),)),
    ({"model": "dict-output"}, [("register_backward_hook", observed_hook, {})], (Hook(kind="backward"),)),
    ({"model": "tuple-output"}, [("register_backward_hook", observed_hook, {})], (Hook(kind="backward"),)),
    (CNN_32, [("register_forward_hook", returning_zero, ALWAYS)], (Hook(action="zero", always_call=True),)),
    (CNN_32, [("register_forward_hook", raising, ALWAYS)], (Hook(action="raise", always_call=True),)),
    (
        CNN_32,
        [("register_module_forward_hook", observed_hook, ALWAYS)],
        (Hook(is_global=True, always_call=True),),
    ),
    (
        {"model": "simple"},
        [("register_forward_pre_hook", raising, {}), ("register_module_forward_hook", raising, ALWAYS)],
        (Hook(kind="forward_pre", action="raise"), Hook(action="raise", is_global=True, always_call=True)),
    ),
    ({"model": "scripted-child", "entry_mode": "jit.trace"}, [], ()),
    ({"model": "feedforward", "entry_mode": "jit.trace"}, [], ()),
    ({"model": "simple", "entry_mode": "compile"}, [], ()),
]


@pytest.mark.parametrize(("settings", "registrations", "hooks"), SAMPLE)
def test_what_a_run_reached_is_what_a_bare_call_executes(settings, registrations, hooks):
    seen = observe(Experiment(**settings, hooks=hooks))
    model, handles = hooked(settings["model"], *registrations)
    inputs = example_inputs(settings["model"], size=settings.get("size"))
    try:
        if settings.get("entry_mode") == "jit.trace":
            lines = bare_lines(lambda: torch.jit.trace(model, inputs, check_trace=False))
        elif settings.get("entry_mode") == "compile":
            with compiled(model, inputs, {}, lambda args, _: model(*args)):  # and forgotten afterwards
                lines = bare_lines(lambda: model(*inputs))
        else:
            call = model.forward if settings.get("call") == "forward" else model
            lines = bare_lines(lambda: call(*inputs))
    finally:
        for handle in handles:
            handle.remove()
    expected = places_at(lines)
    assert set(call_map.reached(seen)) == expected == places_at(seen.trace.executed_lines[bare.MODULE_FILE])


def test_each_step_is_the_first_that_executes_its_statement():
    seen = observe(Experiment(model="cnn", size=32, hooks=(Hook(is_global=True, always_call=True),)))
    found = call_map.reached(seen)
    assert len(found) > 30
    for line, index in found.items():
        step = seen.trace.steps[index]
        assert (step.kind, step.line) == ("statement", line)
        assert seen.trace.frames[step.frame].file == bare.MODULE_FILE
        earlier = (one for one in seen.trace.steps[:index] if one.kind == "statement" and one.line == line)
        assert all(seen.trace.frames[one.frame].file != bare.MODULE_FILE for one in earlier)


def test_every_statement_is_executed_by_a_preset_or_has_a_reason(runs):
    ran = set().union(*runs.values())
    never = [place for first, place in call_map.mapped_statements().items() if first not in ran]
    assert {place.text for place in never} == {"nonlocal result, args, kwargs", "return inner()"}
    assert call_map.UNKNOWN not in {call_map.why_not(place) for place in never}


def test_no_statement_that_a_preset_executes_would_be_said_to_be_beyond_reach(runs):
    """The reasons are of statements, so they must not fit those that do run."""
    for first in set().union(*runs.values()):
        assert call_map.why_not(call_map.mapped_statements()[first]) == call_map.UNKNOWN


def test_a_declaration_has_no_instruction():
    (place,) = [place for place in call_map.mapped_statements().values() if call_map.why_not(place) == call_map.NO_CODE]
    assert place.first not in {line for code in CODES for _, line in dis.findlinestarts(code)}


def test_only_an_export_executes_what_is_said_to_be_for_compilers_only():
    """It is reached where torch reads the model, and in no way in that an experiment has: there the flag is false."""
    (place,) = [
        place for place in call_map.mapped_statements().values() if call_map.why_not(place) == call_map.COMPILERS_ONLY
    ]
    model, inputs = build("simple"), example_inputs("simple")
    compiling, lines = [], set()
    handle = model.register_forward_hook(lambda *_: compiling.append(torch.compiler.is_compiling()))
    assert place.first not in bare_lines(lambda: model(*inputs))
    assert place.first not in bare_lines(lambda: torch.jit.trace(model, inputs, check_trace=False))
    assert compiling == [False, False]
    assert place.first in bare_lines(lambda: torch.export.export(model, inputs, strict=False))
    assert compiling[2:] == [True]
    handle.remove()
    model.register_forward_hook(observed_hook)
    with compiled(model, inputs, {}, lambda args, _: lines.update(bare_lines(lambda: model(*args)))):
        lines.update(bare_lines(lambda: model(*inputs)))
    assert place.first not in lines
    assert lines


def test_the_documents_have_the_figure(runs):
    ran = set().union(*runs.values())
    text = " ".join((Path(__file__).parents[2] / "docs" / "usage.md").read_text(encoding="utf-8").split())
    assert f"{len(ran)} of {len(call_map.mapped_statements())} statements" in text
    assert f"{len(PRESETS)} presets" in text
