"""Sentences for what `inner` does about backward hooks: find them, and tie them to autograd's graph."""

from __future__ import annotations

from explorer.reading.narration.narrated_step import NarratedStep
from explorer.record import Summary
from explorer.record.values import ITEMS
from explorer.wording import with_article

NO_TUPLES = ("dict", "OrderedDict", "list", "set", "frozenset")  # whose items a summary tells too


def set_up(at: NarratedStep) -> str:
    """Before `forward`: find the hooks, and watch the arguments."""
    text = at.text
    if text.startswith(("if self._backward_pre_hooks", "if _global_backward_pre_hooks")):
        return at.choose(
            "There is a full backward pre-hook, this module's or a global one.", "There is no full backward pre-hook."
        )
    if text.startswith(("if self._backward_hooks", "if _global_backward_hooks")):
        return at.choose("There is a backward hook, this module's or a global one.", "There is no backward hook.")
    if text.startswith("if full_backward_hooks"):
        return at.choose(
            "Full backward hooks and pre-hooks want to know where this module begins and ends in the autograd graph.",
            "No full backward hook or pre-hook: the arguments need no mark in the autograd graph.",
        )
    if "_get_backward_pre_hooks(" in text:
        return f"They are collected, global ones first{_being(at, 'backward_pre_hooks')}."
    if "_get_backward_hooks(" in text:
        return "They are collected, global ones first, full and legacy ones apart."
    if "setup_input_hook" in text:
        if at.raises:
            return "Marking the arguments raises."
        if at.change("args") is not None:
            return "An identity operation of autograd marks the arguments: `backward()` comes to it after this module."
        return _no_argument_marked(at.names.get("args"), at.names.get("kwargs"))
    if "BackwardHook(" in text:
        return "A `BackwardHook` will mark what autograd records of this module's arguments and of its result."
    return at.starts()


def wiring(at: NarratedStep) -> str:
    """After `forward`: watch the result."""
    text = at.text
    if text.startswith("if bw_hook"):
        return at.choose(
            "The result is to be marked, as the arguments were to be.",
            "No full backward hook or pre-hook: the result needs no mark.",
        )
    if text.startswith("if not isinstance("):
        return at.choose(
            "The result is neither a tensor nor a tuple, so backward hooks cannot be tied to it: torch warns.",
            "The result is a tensor or a tuple, so it can be marked.",
        )
    if text.startswith("warnings.warn("):
        return "The warning says that the backward hooks will not be called."
    if "setup_output_hook" in text:
        if at.raises:
            return "Marking the result raises."
        if at.change("result") is not None:
            return "An identity operation of autograd marks the result: `backward()` comes to it before this module."
        return _no_result_marked(at.names.get("result"))
    if text.startswith("if non_full_backward_hooks"):
        return at.choose("There is a legacy backward hook.", "There is no legacy backward hook.")
    if text.startswith("while"):
        return at.choose("`var` is no tensor yet: a part of it is taken.", "`var` is a tensor.")
    if text.startswith("if isinstance(var, dict)"):
        return at.choose("`var` is a dict: its first tensor is taken.", "`var` is no dict: its first item is taken.")
    if text.startswith("if grad_fn is not None"):
        return at.choose(
            "Autograd recorded the result, so legacy hooks can hang on its `grad_fn`.",
            "Autograd did not record the result: legacy hooks have nothing to hang on.",
        )
    if text.startswith("for"):
        return at.choose("The next legacy hook.", "No legacy hook is left.")
    if "grad_fn.register_hook(" in text:
        grad_fn = at.names.get("grad_fn")
        function = f", {with_article(grad_fn.type)}" if grad_fn is not None else ""
        return f"The hook hangs on `grad_fn` now{function}: `backward()` runs it right after that function."
    if "_maybe_warn_non_full" in text:
        return (
            "torch warns where a legacy hook sees too little: where the result or an argument is no tensor, "
            "or where this function is not all that autograd recorded of the module."
        )
    return at.starts()


def _no_argument_marked(args: Summary | None, kwargs: Summary | None) -> str:
    """Why `setup_input_hook` marked nothing: it looks at the items of `args`, and at nothing else."""
    if args is None or args.type != "tuple":
        return "No argument is marked."
    by_name = kwargs is not None and kwargs.length != 0
    others = ", and `setup_input_hook` does not look at arguments by name" if by_name else ""
    if not args.items:
        return f"`args` is empty{others}: nothing is marked." if by_name else "There is no argument to mark."
    tensors = [item.tensor for _, item in args.items if item.tensor is not None]
    if any(facts.requires_grad for facts in tensors):
        return "Grad mode is off, so no argument is marked."
    if tensors:
        return "Autograd records none of the tensors in `args`, so none is marked."
    if len(args.items) == ITEMS:  # there may be more of them
        return "No argument is marked."
    return f"No item of `args` is a tensor{others}: nothing is marked."


def _no_result_marked(result: Summary | None) -> str:
    """Why `setup_output_hook` marked nothing: it looks at a tensor, and at the items of a tuple."""
    if result is None:
        return "The result is not marked."
    if result.tensor is not None:
        if result.tensor.requires_grad:
            return "Grad mode is off, so the result is not marked."
        return "Autograd did not record the result, so it is not marked."
    if result.type in NO_TUPLES or (result.type != "tuple" and not result.items):
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


def _being(at: NarratedStep, name: str) -> str:
    now = at.change(name)
    return f": {now.text}" if now is not None else ""
