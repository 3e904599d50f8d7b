"""The private names of torch and CPython that the explorer uses: why, where they were seen, what is lost without them.

A private name may be gone in another release. Each is looked up once, by `find`, and the module that uses it has a
second way where it is missing. What a reader of a record could notice is said in a note of that record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch

MEASURED_ON = "2.13.0"  # the release of torch on which each of these names was measured to do what is said here

# The runs in which the loss can be seen: every run, those inside a mode of the caller's, those of one entry mode; None
# where only time is lost.
SeenIn = Literal["every run", "caller's modes", "compile", "jit.trace"]


@dataclass(frozen=True)
class PrivateName:
    """One private name."""

    path: str  # dotted, from `torch` on
    why: str
    lost: str  # without it, as a sentence's end
    seen_in: SeenIn | None


_READ = "what is read from a tensor for the record is seen by the caller's function modes and tensor classes"
_LEFT = "a mode that was active around `observe` stays active in the run"
_SCRIPT = "the operations inside `torch.jit.trace` cannot be recorded, and the graph has none"
_COMPOSED = "under `inference_mode`, and of complex numbers, a bare call may give other bits"
_WATCHED = "torch's compiler may compile the functions that record the run"

PRIVATE_NAMES: tuple[PrivateName, ...] = (
    PrivateName(
        "torch._C.DisableTorchFunction",
        "Read tensors without running `__torch_function__` of the caller's modes and classes.",
        _READ,
        "caller's modes",
    ),
    PrivateName(
        "torch._C._DisableTorchDispatch",
        "Read tensors without running `__torch_dispatch__` of any mode, our own log of operations among them.",
        "operations that read a tensor for the record may stand in the graph, and a dispatch mode of the caller's sees "
        "them",
        "every run",
    ),
    PrivateName(
        "torch._C._len_torch_function_stack",
        "See whether a function mode is active.",
        f"it is not known whether a function mode is active, and {_LEFT}",
        "caller's modes",
    ),
    PrivateName(
        "torch._C._len_torch_dispatch_stack",
        "See whether a dispatch mode is active.",
        f"it is not known whether a dispatch mode is active, and {_LEFT}",
        "caller's modes",
    ),
    PrivateName(
        "torch.overrides._pop_mode_temporarily",
        "Run an experiment outside of the caller's function modes.",
        _LEFT,
        "caller's modes",
    ),
    PrivateName(
        "torch.utils._python_dispatch._disable_current_modes",
        "Run an experiment outside of the caller's dispatch modes.",
        _LEFT,
        "caller's modes",
    ),
    *(
        PrivateName(f"torch._C.{path}", why, _COMPOSED, "every run")
        for path, why in (
            ("_dispatch_has_kernel_for_dispatch_key", "See whether torch composes an operation of others."),
            ("_RestorePythonTLSSnapshot", "See which dispatch keys were set aside when Python called an operation."),
            ("_ForceDispatchKeyGuard", "Run a composed operation with the dispatch keys of the moment it was called."),
            ("_dispatch_tls_local_include_set", "Leave the dispatch keys that each operation gets as they are."),
            ("_dispatch_tls_local_exclude_set", "See which dispatch keys are set aside."),
            ("DispatchKey", "Name the dispatch keys that change what an operation is composed of."),
            ("DispatchKeySet", "Make a set of dispatch keys."),
        )
    ),
    PrivateName(
        "torch._C._current_graph_task_id",
        "See that `backward()` is running, and let its gradients go at once: autograd copies one that is kept.",
        "autograd copies gradients in a `backward()` inside the call, and the graph has these copies",
        "every run",
    ),
    PrivateName(
        "torch.autograd._make_grads",
        "Let the first gradient of a `backward()` go at once.",
        "time: autograd detaches that gradient",
        None,
    ),
    PrivateName(
        "torch._C._data_address",
        "Read a tensor's memory without giving a copy-on-write tensor memory of its own.",
        "time: such a tensor is cloned first",
        None,
    ),
    PrivateName(
        "torch._C._is_cow_tensor",
        "See that a copy-on-write tensor was not written to, so that it need not be read.",
        "time: it is read",
        None,
    ),
    PrivateName(
        "torch._C._storage_Use_Count",
        "See that memory belongs to the record alone, so that it need not be copied.",
        "time: it is copied",
        None,
    ),
    PrivateName(
        "torch.UntypedStorage._cdata",
        "Tell one storage from another, and see how many use it.",
        "storages are told apart by where they begin; those without memory are not",
        "every run",
    ),
    PrivateName(
        "torch._lazy_clone",
        "Copy a template's weights in no time: a copy-on-write tensor shares memory until it is written to.",
        "time: the weights are copied for each run",
        None,
    ),
    PrivateName(
        "torch._C._AutoDispatchBelowAutograd",
        "Read many outputs without a gradient in a tenth of the time of `no_grad`.",
        "time: `no_grad` is used",
        None,
    ),
    PrivateName(
        "torch._C.TensorBase",
        "Name the builtin method of a value that has no name, as in `x.t().view(-1)`.",
        "a tensor's method that is called on an unnamed value has the name of the operation that torch dispatched",
        "every run",
    ),
    PrivateName(
        "torch._C._VariableFunctions",
        "Name the builtin that `torch._VF` passes a call on to.",
        "a recurrent layer's operation has the name of the operation that torch dispatched",
        "every run",
    ),
    PrivateName(
        "torch._C.ScriptFunction",
        "See that a scripted function is called, and name the operation after it.",
        "a scripted function has a node for each operation in it",
        "every run",
    ),
    PrivateName(
        "torch._C.ScriptMethod",
        "See that a scripted module is called, and name the operation after it.",
        "a scripted module has a node for each operation in it",
        "every run",
    ),
    PrivateName(
        "torch._C._get_tracing_state",
        "Take `torch.jit`'s tracer off while a tensor is read for the record.",
        _SCRIPT,
        "jit.trace",
    ),
    PrivateName(
        "torch._C._set_tracing_state",
        "Take `torch.jit`'s tracer off while a tensor is read for the record.",
        _SCRIPT,
        "jit.trace",
    ),
    PrivateName(
        "torch._C._dispatch_tls_is_dispatch_key_excluded",
        "Go on tracing below a dispatch mode, which leaves the tracer's dispatch key out.",
        _SCRIPT,
        "jit.trace",
    ),
    PrivateName(
        "torch._C._dispatch_tls_set_dispatch_key_excluded",
        "Go on tracing below a dispatch mode, which leaves the tracer's dispatch key out.",
        _SCRIPT,
        "jit.trace",
    ),
    PrivateName(
        "torch._C._dynamo.eval_frame._FrameAction",
        "Mark what records a run, so that torch's compiler leaves it alone.",
        _WATCHED,
        "compile",
    ),
    PrivateName(
        "torch._C._dynamo.eval_frame._FrameExecStrategy",
        "Mark what records a run, so that torch's compiler leaves it alone.",
        _WATCHED,
        "compile",
    ),
    PrivateName(
        "torch._C._dynamo.eval_frame.set_code_exec_strategy",
        "Mark what records a run, so that torch's compiler leaves it alone.",
        _WATCHED,
        "compile",
    ),
)

# Used elsewhere, where a second way would be longer than the first:
# `runtime/entry_modes/compiler_state.py`, about nothing else: `torch._dynamo`'s `convert_frame`, `pgo`, `utils`,
#     `resume_execution`, `guards`, and `torch._C._dynamo.eval_frame`; `torch.fx.graph_module._loader`; Python's
#     `weakref.finalize._registry`. `runtime/entry_modes/compile.py`: `torch._dynamo.exc`. Without them the entry mode
#     "compile" raises, or leaves something of its code behind; no other does.
# `runtime/torch_private/memory.py`: CPython's `PyMemoryView_FromMemory`, by `ctypes`; it is a public name of its C API.
# `runtime/isolation.py`: `torch.nn.modules.module`'s registries of global hooks, and `RemovableHandle.next_id`.
# `capture/operations` and `runtime/torch_private/operators.py`: `torch._ops`' `OpOverload`, `OpOverloadPacket` and
#     `HigherOrderOperator`, `torch.utils._python_dispatch`'s `TorchDispatchMode`. PyTorch's documentation describes
#     them; without them nothing can be recorded.
# Attributes of public classes that torch's own Python code reads too: `Module._modules` and the other registries,
#     `Module._compiled_call_impl`, `TracedModule._actual_script_module`, `Tensor._version`, `Tensor._values`,
#     `Tensor._nested_tensor_size`, `Tensor._make_subclass`, `OpOverload._schema` and `._op`,
#     `TorchDispatchMode._should_skip_dynamo`,
#     `ScriptObject._type`.


def find(path: str) -> Any | None:
    """Return what a dotted path from `torch` on leads to; None where a part of it is missing."""
    found: Any = torch
    for name in path.split(".")[1:]:
        found = getattr(found, name, None)
    return found


# When this module was loaded, as those that use them look them up at that time too.
MISSING: tuple[PrivateName, ...] = tuple(name for name in PRIVATE_NAMES if find(name.path) is None)


def missing_private_names() -> tuple[str, ...]:
    """Return the dotted paths of the private names that this torch does not have."""
    return tuple(name.path for name in MISSING)


def notes_on_missing_names(seen_in: frozenset[SeenIn]) -> tuple[str, ...]:
    """Return a sentence for each loss that can be seen in a run of these kinds, with the torch that has the name."""
    lost: dict[str, list[str]] = {}  # what is lost → the names without which it is
    for name in MISSING:
        if name.seen_in in seen_in:
            lost.setdefault(name.lost, []).append(f"`{name.path}`")
    return tuple(
        f"torch {torch.__version__} has no {' and no '.join(paths)}, which torch {MEASURED_ON} has: {what}."
        for what, paths in lost.items()
    )
