"""The bare call, seen by a tracer of the tests' own: the oracle for everything that observing must not change."""

import random
import sys
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import numpy
import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_source

MODULE_FILE = module_source.__file__
MODULES = str(Path(MODULE_FILE).parent)
FUNCTIONAL = torch.nn.functional.__file__
CATALOG = str(Path(__file__).parents[2] / "explorer" / "catalog")


def run(function):
    """(value, None) or (None, exception) of calling `function`."""
    try:
        return function(), None
    except Exception as raised:
        return None, raised


def traced(function, *own):
    """`run(function)`, and {file: line numbers} of the lines that ran in torch's modules, functional, the catalogue
    and the files named."""
    lines = defaultdict(set)
    wanted = {}

    def tracer(frame, event, argument):
        if event == "line":
            lines[frame.f_code.co_filename].add(frame.f_lineno)
        return tracer

    def enter(frame, event, argument):
        file = frame.f_code.co_filename
        if file not in wanted:
            wanted[file] = file.startswith((MODULES, CATALOG)) or file == FUNCTIONAL or file in own
        return tracer if wanted[file] and not compiles(frame) else None

    sys.settrace(enter)
    try:
        outcome = run(function)
    finally:
        sys.settrace(None)
    return *outcome, dict(lines)


def compiles(frame):
    """Whether a frame runs inside torch's compiler while that compiles: this is not the call."""
    while "torch._dynamo" in sys.modules and frame is not None:
        if frame.f_code.co_filename == sys.modules["torch._dynamo"].convert_frame.__file__:
            return True
        frame = frame.f_back
    return False


def assert_same_lines(seen, expected):
    """Every covered file's executed lines are the bare ones."""
    assert {file: set(numbers) for file, numbers in seen.items()} == expected


def same(one, other):
    """Equal bit for bit, NaN included: tensors by shape, dtype, content and the name of `grad_fn`."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Tensor):
        return _facts(one) == _facts(other) and _content(one) == _content(other)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def _facts(tensor):
    return tensor.shape, tensor.dtype, tensor.layout, tensor.requires_grad, type(tensor.grad_fn).__name__


def _content(tensor):
    tensor = tensor.detach()
    dense = tensor.to_dense() if tensor.layout is not torch.strided else tensor
    plain = dense.resolve_conj().resolve_neg().contiguous()
    if plain.dtype is torch.bfloat16:  # NumPy has none
        plain = plain.float()
    return plain.numpy().tobytes()


def state():
    """What a run must leave as it found it, of the thread and of the process."""
    registries = [name for name in vars(module_source) if name.startswith("_global_") and name.endswith("_hooks")]
    return {
        "trace": sys.gettrace(),
        "profile": sys.getprofile(),
        "grad mode": torch.is_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "torch's random state": torch.get_rng_state().numpy().tobytes(),
        "numpy's random state": repr(numpy.random.get_state()),
        "Python's random state": random.getstate(),
        "default dtype": torch.get_default_dtype(),
        "global hooks": {name: list(getattr(module_source, name).items()) for name in registries},
        "dispatch modes": torch._C._len_torch_dispatch_stack(),
        "function modes": torch._C._len_torch_function_stack(),
    }


REGISTRIES = [name for name in vars(nn.Module()) if name.startswith("_") and "hook" in name]


def state_of(model):
    """Modes and hooks of each module of a tree."""
    return [
        (path, module.training, [list(vars(module)[name] or ()) for name in REGISTRIES], sorted(vars(module)))
        for path, module in model.named_modules()
    ]


def differing(before, after):
    """The names of what is not as it was."""
    return [name for name in before if before[name] != after[name]]


@contextmanager
def grad(mode):
    """Written out again here, so that the tests' modes do not depend on the explorer's."""
    with {"enabled": torch.enable_grad, "no_grad": torch.no_grad, "inference_mode": torch.inference_mode}[mode]():
        yield


def moved_generator(call, *args):
    """Whether a bare call moves torch's random generator, which is put back."""
    with torch.random.fork_rng(devices=[]):
        before = torch.get_rng_state()
        call(*args)
        return not torch.equal(before, torch.get_rng_state())
