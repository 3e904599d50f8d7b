"""The bare call through `torch.compile` and inside `torch.jit.trace`, seen by tracers of the tests' own."""

import copy
import sys
import warnings
from collections import defaultdict

import torch
from torch import nn

from explorer.catalog import build, example_inputs
from explorer.catalog.hooks import register
from tests.helpers import bare


def fresh(experiment):
    """An equal model, made by the test itself, and its inputs by position and by name."""
    model = build(experiment.model, seed=experiment.seed, p=experiment.p)
    inputs = example_inputs(experiment.model, seed=experiment.seed, size=experiment.size, batch=experiment.batch)
    if isinstance(model, nn.Module):
        model.train(experiment.training)
        register(model, experiment.hooks)
    return (model, (), {"x": inputs[0]}) if experiment.keyword else (model, inputs, {})


def compiled_call(experiment):
    """(value, exception, lines) of the second call of a compiled model, with the state that the first one found."""
    torch._dynamo.reset()  # what other tests compiled counts towards torch's limits
    model, args, kwargs = fresh(experiment)
    before = copy.deepcopy(model.state_dict())
    model.compile(backend="eager")
    with bare.grad(experiment.grad), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bare.run(lambda: model(*args, **kwargs))
        model.load_state_dict(before)
        torch.manual_seed(experiment.seed)
        outcome = bare.traced(lambda: model(*args, **kwargs))
    torch._dynamo.reset()
    return outcome


def traced_call(experiment):
    """(value, exception, lines) of the call that `torch.jit.trace` makes; the lines of that call alone."""
    model, args, kwargs = fresh(experiment)
    target = model if experiment.call == "call" else model.forward
    given = {"example_kwarg_inputs": kwargs} if kwargs else {"example_inputs": args}
    lines, returned, depth = defaultdict(set), [], [0]

    def local(frame, event, argument):
        if event == "line":
            lines[frame.f_code.co_filename].add(frame.f_lineno)
        return local

    def outermost(frame, event, argument):
        if event == "return":
            returned.append(argument)
            depth[0] = 0
        return local(frame, event, argument) and outermost

    def enter(frame, event, argument):
        file = frame.f_code.co_filename
        if depth[0]:
            return local if file.startswith((bare.MODULES, bare.CATALOG)) or file == bare.FUNCTIONAL else None
        if frame.f_code is nn.Module.__call__.__code__ and frame.f_locals["self"] is model and not returned:
            depth[0] = 1
            return outermost
        return None

    with bare.grad(experiment.grad), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(experiment.seed)
        sys.settrace(enter)
        try:
            _, raised = bare.run(lambda: torch.jit.trace(target, check_trace=False, **given))
        finally:
            sys.settrace(None)
    return (returned[0] if raised is None else None), raised, dict(lines)
