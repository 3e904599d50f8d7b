"""Backward pre-hooks, written as a beginner would write them. Autograd calls them before a module's own backward."""

from __future__ import annotations

from typing import Any

from torch import nn

from explorer.catalog.hooks.doubled import doubled


def observe(module: nn.Module, grad_output: Any) -> None:
    return  # None: the gradients stay as they are


def double(module: nn.Module, grad_output: Any) -> Any:
    return doubled(grad_output)  # returned, so it replaces the gradients of the output


def zero(module: nn.Module, grad_output: Any) -> Any:
    return 0  # not None, but no gradients either: torch raises


def rebind(module: nn.Module, grad_output: Any) -> None:
    grad_output = doubled(grad_output)  # another value for a local name: only this function sees it


def fail(module: nn.Module, grad_output: Any) -> None:
    raise RuntimeError("this hook raises")
