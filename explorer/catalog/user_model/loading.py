"""Import what a request names, check that it makes modules, and make an entry of it."""

from __future__ import annotations

import copy
import importlib
import inspect
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import torch
from torch import Generator, Tensor, nn

from explorer.catalog.entry import Asked, Entry
from explorer.catalog.user_model.inputs import UserModelError
from explorer.catalog.user_model.request import ModelRequest
from explorer.runtime.isolation import isolated, plain_tensors

USER_MODEL = "own"  # the entry's key
MESSAGE_LENGTH = 500  # characters of an exception's message
THIS_PACKAGE = str(Path(__file__).parents[2]) + os.sep
LIBRARIES = (str(Path(torch.__file__).parent) + os.sep, sysconfig.get_paths()["stdlib"] + os.sep, "<frozen ")


@dataclass(frozen=True, slots=True)
class UserModel:
    """A request, and the entry that was made of it."""

    request: ModelRequest
    entry: Entry
    expression: str  # of Python, for the model: "mypackage.mymodule.factory()"


def load(request: ModelRequest) -> UserModel:
    """Return the requested model as an entry whose `make` builds or copies it anew each time.

    It is imported and built once here, under the guard and with seed 0, so that what is wrong with it shows before any
    run.

    Raises UserModelError where it cannot be used, with what the reader's code raised; the entry's `make` raises the
    same.
    """
    with isolated(seed=0), plain_tensors():
        target = _resolve(request)
        make = _copier(request, target) if isinstance(target, nn.Module) else _builder(request, target)
        model, other = make(), make()
        _check_set_up(request, model)
        if _share_a_part(model, other):  # a factory that gives the same object again: two runs must not share it
            make = _copier(request, model)

    def inputs(generator: Generator, asked: Asked) -> tuple[Tensor, ...]:
        return tuple(each.draw(generator) for each in request.inputs)

    entry = Entry(
        key=USER_MODEL,
        title=type(model).__name__,
        document="yours",
        teaches="Your own model, made or copied anew for every run.",
        make=make,
        inputs=inputs,
        shown_code=_shown_code(model, target),
    )
    return UserModel(
        request, entry, f"{request.module}.{request.attribute}{'' if isinstance(target, nn.Module) else '()'}"
    )


def _resolve(request: ModelRequest) -> Any:
    """Return the object that the target names; from now on modules of the current folder can be imported."""
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # last, so that it hides nothing
    try:
        found: Any = importlib.import_module(request.module)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{request.module}.".startswith(f"{error.name}."):
            raise UserModelError(
                f"--model {request.target}: there is no module {error.name}. It is looked for in the folder the server "
                "was started in, in installed packages, and in the folders of PYTHONPATH."
            ) from error
        raise _refusal(f"Importing {request.module}", error) from error
    except (Exception, SystemExit) as error:
        raise _refusal(f"Importing {request.module}", error) from error
    name = request.module
    for attribute in request.attribute.split("."):
        if not hasattr(found, attribute):
            raise UserModelError(f"--model {request.target}: {name} has no {attribute}.")
        found, name = getattr(found, attribute), f"{name}.{attribute}"
    if not callable(found):
        raise UserModelError(
            f"--model {request.target} is of class {type(found).__name__}. Name a function or class that makes an "
            "nn.Module when called with no arguments, or a module object."
        )
    return found


def _builder(request: ModelRequest, factory: Callable[[], Any]) -> Callable[[], nn.Module]:
    """Return a function that calls the factory, and raises UserModelError where it gives no module."""

    def make() -> nn.Module:
        try:
            model = factory()
        except (Exception, SystemExit) as error:
            raise _refusal(f"{request.target}, called with no arguments,", error) from error
        if not isinstance(model, nn.Module):
            raise UserModelError(
                f"{request.target} gave an object of class {type(model).__name__}; it has to give an nn.Module."
            )
        return model

    return make


def _copier(request: ModelRequest, model: nn.Module) -> Callable[[], nn.Module]:
    """Return a function that copies a module object; the object itself is never called."""

    def make() -> nn.Module:
        try:
            return copy.deepcopy(model)
        except Exception as error:
            raise UserModelError(
                f"{request.target} gives one module object, which cannot be copied ({type(error).__name__}: "
                f"{_message(error)}), so runs could not be kept apart. Name a function that makes a new one each time."
            ) from error

    return make


def _check_set_up(request: ModelRequest, model: nn.Module) -> None:
    """Raise UserModelError where a class left out `super().__init__()`: such a module has no submodules to list."""
    waiting, seen = [model], {id(model)}
    for module in waiting:
        if "_modules" not in vars(module):
            name = type(module).__name__
            raise UserModelError(
                f"{request.target}: {name} was not set up as an nn.Module, for its __init__ calls no "
                f"super().__init__(). Make that the first line of {name}.__init__."
            )
        waiting += [child for child in module._modules.values() if child is not None and id(child) not in seen]
        seen |= set(map(id, waiting))


def _share_a_part(one: nn.Module, other: nn.Module) -> bool:
    """Return whether the two have a module, a parameter or a buffer in common."""

    def parts(model: nn.Module) -> set[int]:
        return {id(part) for part in (*model.modules(), *model.parameters(), *model.buffers())}

    return bool(parts(one) & parts(other))


def _shown_code(model: nn.Module, target: Any) -> tuple[Any, ...]:
    """Return the classes of the model and its submodules, the innermost first, then its factory; none of torch's."""
    parts: list[Any] = [*reversed(dict.fromkeys(type(module) for module in model.modules()))]
    if isinstance(target, FunctionType) and "." not in target.__qualname__:
        parts.append(target)
    return tuple(part for part in parts if part.__module__.partition(".")[0] != "torch" and _readable(part))


def _readable(part: Any) -> bool:
    """Return whether its source text can be read."""
    try:
        return bool(inspect.getsource(part))
    except (OSError, TypeError):  # typed at a prompt, made by code, compiled
        return False


def _refusal(doing: str, error: BaseException) -> UserModelError:
    """Say in a sentence what the reader's code raised, and where."""
    message = _message(error)
    return UserModelError(
        f"{doing} raised {type(error).__name__}{f': {message}' if message else ''}{_where_raised(error)}"
    )


def _message(error: BaseException) -> str:
    """Return the exception's message, cut to `MESSAGE_LENGTH` characters."""
    try:
        return str(error)[:MESSAGE_LENGTH]
    except Exception:  # its class's own `__str__` raises
        return ""


def _where_raised(error: BaseException) -> str:
    """Return " (file, line)" of the innermost line of the reader's own files that the error went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}, line {error.lineno})"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((THIS_PACKAGE, *LIBRARIES)) and "site-packages" not in frame.filename:
            return f" ({frame.filename}, line {frame.lineno})"
    return ""
