"""Sentences for what `inner` does about backward hooks: find them, and tie them to autograd's graph."""

from __future__ import annotations

from explorer.callpath.moment import Moment


def set_up(at: Moment) -> str:
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
            "Full backward hooks want to know where this module begins and ends in the autograd graph.",
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
        return "Autograd records none of the arguments, so none is marked."
    if "BackwardHook(" in text:
        return "A `BackwardHook` will mark the arguments and the result of this module in the autograd graph."
    return at.starts()


def wiring(at: Moment) -> str:
    """After `forward`: watch the result."""
    text = at.text
    if text.startswith("if bw_hook"):
        return at.choose(
            "The result is to be marked as the arguments were.",
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
        return "Autograd did not record the result, so it is not marked."
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
        return "The hook hangs on `grad_fn` now: the backward of the module's last operation runs it."
    if "_maybe_warn_non_full" in text:
        return "torch looks whether the module is more than one operation: a legacy hook sees only the last one."
    return at.starts()


def _being(at: Moment, name: str) -> str:
    now = at.change(name)
    return f": {now.text}" if now is not None else ""
