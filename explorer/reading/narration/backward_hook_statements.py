"""Sentences for what `inner` does about backward hooks: find them, and tie them to autograd's graph."""

from __future__ import annotations

from types import MappingProxyType

from explorer.reading.narration.narrated_step import Alternatives, NarratedStep, Sentences
from explorer.record import Summary
from explorer.record.values import ITEMS
from explorer.torch_source.roles import StatementRole
from explorer.wording import with_article

CONTAINERS_BUT_TUPLES = ("dict", "OrderedDict", "list", "set", "frozenset")  # a summary has items of these too


def _pre_hooks_collected(at: NarratedStep) -> str:
    return f"They are collected, global ones first{at.new_value('backward_pre_hooks')}."


def _arguments_marked(at: NarratedStep) -> str:
    if at.raises:
        return "Marking the arguments raises."
    if at.change("args") is not None:
        return "An identity operation of autograd marks the arguments: `backward()` comes to it after this module."
    return _no_argument_marked(at.local_values.get("args"), at.local_values.get("kwargs"))


def _result_marked(at: NarratedStep) -> str:
    if at.raises:
        return "Marking the result raises."
    if at.change("result") is not None:
        return "An identity operation of autograd marks the result: `backward()` comes to it before this module."
    return _no_result_marked(at.local_values.get("result"))


def _legacy_hook_hung(at: NarratedStep) -> str:
    grad_fn = at.local_values.get("grad_fn")
    function = f", {with_article(grad_fn.type)}" if grad_fn is not None else ""
    return f"The hook hangs on `grad_fn` now{function}: `backward()` runs it right after that function."


def _no_argument_marked(args: Summary | None, kwargs: Summary | None) -> str:
    """Return why `setup_input_hook` marked nothing: it looks at the items of `args`, and at nothing else."""
    if args is None or args.type != "tuple":
        return "No argument is marked."
    has_kwargs = kwargs is not None and kwargs.length != 0
    others = ", and `setup_input_hook` does not look at arguments by name" if has_kwargs else ""
    if not args.items:
        return f"`args` is empty{others}: nothing is marked." if has_kwargs else "There is no argument to mark."
    tensors = [item.tensor for _, item in args.items if item.tensor is not None]
    if any(facts.requires_grad for facts in tensors):
        return "Grad mode is off, so no argument is marked."
    if tensors:
        return "Autograd records none of the tensors in `args`, so none is marked."
    if len(args.items) == ITEMS:  # there may be more of them
        return "No argument is marked."
    return f"No item of `args` is a tensor{others}: nothing is marked."


def _no_result_marked(result: Summary | None) -> str:
    """Return why `setup_output_hook` marked nothing: it looks at a tensor, and at the items of a tuple."""
    if result is None:
        return "The result is not marked."
    if result.tensor is not None:
        if result.tensor.requires_grad:
            return "Grad mode is off, so the result is not marked."
        return "Autograd did not record the result, so it is not marked."
    is_object = result.type != "tuple" and (not result.items or result.length is None)
    if is_object or result.type in CONTAINERS_BUT_TUPLES:
        kind = "None" if result.type == "NoneType" else with_article(result.type)
        return f"`setup_output_hook` looks for tensors in a tuple, and finds only {kind}: nothing is marked."
    if not result.items:
        return "The result is an empty tuple: there is nothing to mark."
    tensors = [item.tensor for _, item in result.items if item.tensor is not None]
    if any(facts.requires_grad for facts in tensors):
        return "Grad mode is off, so nothing in the result is marked."
    if tensors:
        return "Autograd recorded none of the tensors in the result, so none is marked."
    if len(result.items) == ITEMS:
        return "Nothing in the result is marked."
    return "No item of the result is a tensor: nothing is marked."


SENTENCES: Sentences = MappingProxyType(
    {
        # Before `forward`: find the hooks, and watch the arguments.
        StatementRole.BACKWARD_STATE: NarratedStep.bindings,
        StatementRole.BACKWARD_PRE_HOOK_CHECK: Alternatives(
            "There is a full backward pre-hook, this module's or a global one.", "There is no full backward pre-hook."
        ),
        StatementRole.BACKWARD_PRE_HOOKS_COLLECTED: _pre_hooks_collected,
        StatementRole.BACKWARD_HOOK_CHECK: Alternatives(
            "There is a backward hook, this module's or a global one.", "There is no backward hook."
        ),
        StatementRole.BACKWARD_HOOKS_COLLECTED: "They are collected, global ones first, full and legacy ones apart.",
        StatementRole.FULL_BACKWARD_HOOK_CHECK: Alternatives(
            "Full backward hooks and pre-hooks want to know where this module begins and ends in the autograd graph.",
            "No full backward hook or pre-hook: the arguments need no mark in the autograd graph.",
        ),
        StatementRole.BACKWARD_HOOK_MADE: (
            "A `BackwardHook` will mark what autograd records of this module's arguments and of its result."
        ),
        StatementRole.ARGUMENTS_MARKED: _arguments_marked,
        # After `forward`: watch the result.
        StatementRole.RESULT_MARK_CHECK: Alternatives(
            "The result is to be marked, as the arguments were to be.",
            "No full backward hook or pre-hook: the result needs no mark.",
        ),
        StatementRole.RESULT_KIND_CHECK: Alternatives(
            "The result is neither a tensor nor a tuple, so backward hooks cannot be tied to it: torch warns.",
            "The result is a tensor or a tuple, so it can be marked.",
        ),
        StatementRole.RESULT_KIND_WARNING: "The warning says that the backward hooks will not be called.",
        StatementRole.RESULT_MARKED: _result_marked,
        StatementRole.LEGACY_HOOK_CHECK: Alternatives(
            "There is a legacy backward hook.", "There is no legacy backward hook."
        ),
        StatementRole.LEGACY_TENSOR_LOOP: Alternatives(
            "`var` is no tensor yet: a part of it is taken.", "`var` is a tensor."
        ),
        StatementRole.LEGACY_DICT_CHECK: Alternatives(
            "`var` is a dict: its first tensor is taken.", "`var` is no dict: its first item is taken."
        ),
        StatementRole.LEGACY_TENSOR_STEP: NarratedStep.bindings,
        StatementRole.GRAD_FN_READ: NarratedStep.bindings,
        StatementRole.GRAD_FN_CHECK: Alternatives(
            "Autograd recorded the result, so legacy hooks can hang on its `grad_fn`.",
            "Autograd did not record the result: legacy hooks have nothing to hang on.",
        ),
        StatementRole.LEGACY_HOOK_LOOP: Alternatives("The next legacy hook.", "No legacy hook is left."),
        StatementRole.LEGACY_HOOK_HUNG: _legacy_hook_hung,
        StatementRole.LEGACY_HOOK_WARNING: (
            "torch warns where a legacy hook sees too little: where the result or an argument is no tensor, "
            "or where this function is not all that autograd recorded of the module."
        ),
    }
)
