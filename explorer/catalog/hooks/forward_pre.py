"""Forward pre-hooks, written as a beginner would write them. torch calls them before `forward`."""

from __future__ import annotations

from typing import Any

from torch import nn

from explorer.catalog.hooks.doubled import doubled


def observe(module: nn.Module, args: tuple[Any, ...]) -> None:
    return  # None: the arguments stay as they are


def double(module: nn.Module, args: tuple[Any, ...]) -> Any:
    return doubled(args)  # returned, so it replaces the arguments


def zero(module: nn.Module, args: tuple[Any, ...]) -> Any:
    return 0  # not None: it replaces the arguments, as (0,)


def rebind(module: nn.Module, args: tuple[Any, ...]) -> None:
    args = doubled(args)  # another value for a local name: only this function sees it


def fail(module: nn.Module, args: tuple[Any, ...]) -> None:
    raise RuntimeError("this hook raises")


def observe_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    return  # None: the arguments stay as they are


def double_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return doubled(args), doubled(kwargs)  # both, in this form, or torch raises


def zero_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return 0  # not of the form (args, kwargs): torch raises


def rebind_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    args = doubled(args)  # another value for a local name: only this function sees it


def fail_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    raise RuntimeError("this hook raises")
