"""What is measured before a call, which may change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType

import torch
from torch import nn

from explorer.capture.lookup import look_up
from explorer.experiment.prepare import PreparedCall
from explorer.record import Lookup
from explorer.runtime.call_modes import GradMode
from explorer.runtime.isolation import current_grad_mode
from explorer.runtime.module_tree import modules_of
from explorer.runtime.plain_reads import attributes_of, is_a, name_of_class, well_formed
from explorer.runtime.torch_private.modes import modes_at_work, without_function_modes
from explorer.runtime.torch_private.names import SeenIn


@dataclass(frozen=True)
class BeforeCall:
    """What was measured before the call, which may change it."""

    title: str  # the class of what is called
    lookup: Lookup
    training: bool | None
    grad: GradMode
    kinds: frozenset[SeenIn]
    modules: Mapping[str, nn.Module]


def measure(prepared: PreparedCall) -> BeforeCall:
    """Return what is known before the call."""
    model = prepared.model
    title = well_formed(model.__name__) if type(model) is FunctionType else name_of_class(type(model))
    lookup = look_up(model, prepared.attribute)
    # The attribute itself: a class may have a property of that name.
    flag = attributes_of(model).get("training") if is_a(model, nn.Module) else None
    if is_a(model, torch.jit.ScriptModule):  # which keeps its flag elsewhere
        flag = model.training
    training = flag if type(flag) is bool else None
    kinds = _kinds(prepared)
    with without_function_modes():
        modules = modules_of(model)
    return BeforeCall(title, lookup, training, current_grad_mode(), kinds, modules)


def _kinds(prepared: PreparedCall) -> frozenset[SeenIn]:
    """Return the kinds of run that this is, by which a missing private name of torch can be noticed."""
    kinds: list[SeenIn] = ["every run"]
    if modes_at_work():
        kinds.append("caller's modes")
    if prepared.entry_mode == "jit.trace":
        kinds.append("jit.trace")
    elif prepared.entry_mode == "compile" or attributes_of(prepared.model).get("_compiled_call_impl") is not None:
        kinds.append("compile")
    return frozenset(kinds)
