"""Forward hooks, written as a beginner would write them. torch calls them after `forward`."""

from __future__ import annotations

from typing import Any

from torch import nn

from explorer.catalog.hooks.doubled import doubled


def observe(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
    return  # None: the output stays as it is


def double(module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
    return doubled(output)  # returned, so it replaces the output


def zero(module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
    return 0  # false in a condition, but not None: it replaces the output


def rebind(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
    output = doubled(output)  # another value for a local name: only this function sees it


def fail(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
    raise RuntimeError("this hook raises")


def observe_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
    return  # None: the output stays as it is


def double_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
    return doubled(output)  # returned, so it replaces the output


def zero_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
    return 0  # false in a condition, but not None: it replaces the output


def rebind_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
    output = doubled(output)  # another value for a local name: only this function sees it


def fail_with_kwargs(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
    raise RuntimeError("this hook raises")
