"""Import what the command line names, see that it makes modules, and make an entry of it."""

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

from explorer.catalog.entry import Entry
from explorer.catalog.user_model.arguments import ModelRequest
from explorer.catalog.user_model.errors import UserModelError
from explorer.runtime.isolation import isolated, plain_tensors

USER_MODEL = "own"  # the entry's key
LONGEST = 500  # characters of an exception's message
OURS = str(Path(__file__).parents[2]) + os.sep
LIBRARIES = (str(Path(torch.__file__).parent) + os.sep, sysconfig.get_paths()["stdlib"] + os.sep, "<frozen ")


@dataclass(frozen=True, slots=True)
class UserModel:
    """What the command line asked for, and what came of it."""

    asked: ModelRequest
    entry: Entry
    expression: str  # of Python, for the model: "mypackage.mymodule.factory()"


def load(asked: ModelRequest) -> UserModel:
    """The model that is asked for, as an entry whose `make` builds or copies it anew each time.

    The import and the first building happen here, under the guard and with seed 0, so that what is wrong with them
    shows before any run. Raises OwnModelError; the entry's `make` as well, with what the reader's own code raised.
    """
    with isolated(seed=0), plain_tensors():
        target = _resolve(asked)
        make = _copier(asked, target) if isinstance(target, nn.Module) else _builder(asked, target)
        model, other = make(), make()
        _check_set_up(asked, model)
        if _shared(model, other):  # a factory that gives the same object again: two runs must not share it
            make = _copier(asked, model)

    def inputs(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor, ...]:
        return tuple(each.draw(generator) for each in asked.inputs)

    entry = Entry(
        key=USER_MODEL,
        title=type(model).__name__,
        document="yours",
        teaches="Your own model, made or copied anew for every run.",
        make=make,
        inputs=inputs,
        source=_source(model, target),
    )
    return UserModel(asked, entry, f"{asked.module}.{asked.attribute}{'' if isinstance(target, nn.Module) else '()'}")


def _resolve(asked: ModelRequest) -> Any:
    """The object that the target names. Afterwards the folder the server was started in can be imported from."""
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # last, so that it hides nothing
    try:
        found: Any = importlib.import_module(asked.module)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{asked.module}.".startswith(f"{error.name}."):
            raise UserModelError(
                f"--model {asked.target}: there is no module {error.name}. It is looked for in the folder the server "
                "was started in, in installed packages, and in the folders of PYTHONPATH."
            ) from error
        raise _told(f"Importing {asked.module}", error) from error
    except (Exception, SystemExit) as error:
        raise _told(f"Importing {asked.module}", error) from error
    name = asked.module
    for attribute in asked.attribute.split("."):
        if not hasattr(found, attribute):
            raise UserModelError(f"--model {asked.target}: {name} has no {attribute}.")
        found, name = getattr(found, attribute), f"{name}.{attribute}"
    if not callable(found):
        raise UserModelError(
            f"--model {asked.target} is of class {type(found).__name__}. Name a function or class that makes an "
            "nn.Module when called with no arguments, or a module object."
        )
    return found


def _builder(asked: ModelRequest, factory: Callable[[], Any]) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        try:
            model = factory()
        except (Exception, SystemExit) as error:
            raise _told(f"{asked.target}, called with no arguments,", error) from error
        if not isinstance(model, nn.Module):
            raise UserModelError(
                f"{asked.target} gave an object of class {type(model).__name__}; it has to give an nn.Module."
            )
        return model

    return make


def _copier(asked: ModelRequest, model: nn.Module) -> Callable[[], nn.Module]:
    """Copies of a module object, which is itself never called."""

    def make() -> nn.Module:
        try:
            return copy.deepcopy(model)
        except Exception as error:
            raise UserModelError(
                f"{asked.target} gives one module object, which cannot be copied ({type(error).__name__}: "
                f"{_message(error)}), so runs could not be kept apart. Name a function that makes a new one each time."
            ) from error

    return make


def _check_set_up(asked: ModelRequest, model: nn.Module) -> None:
    """Raise OwnModelError where a class left out `super().__init__()`: torch can list nothing of such a module."""
    waiting, seen = [model], {id(model)}
    for module in waiting:
        if "_modules" not in vars(module):
            name = type(module).__name__
            raise UserModelError(
                f"{asked.target}: {name} was not set up as an nn.Module, for its __init__ calls no super().__init__(). "
                f"Make that the first line of {name}.__init__."
            )
        waiting += [child for child in module._modules.values() if child is not None and id(child) not in seen]
        seen |= set(map(id, waiting))


def _shared(one: nn.Module, other: nn.Module) -> bool:
    """Whether the two have a module, a parameter or a buffer in common."""

    def parts(model: nn.Module) -> set[int]:
        return {id(part) for part in (*model.modules(), *model.parameters(), *model.buffers())}

    return bool(parts(one) & parts(other))


def _source(model: nn.Module, target: Any) -> tuple[Any, ...]:
    """The classes of the model and its submodules, the innermost first, then its factory: what is not torch's own."""
    parts: list[Any] = [*reversed(dict.fromkeys(type(module) for module in model.modules()))]
    if isinstance(target, FunctionType) and "." not in target.__qualname__:
        parts.append(target)
    return tuple(part for part in parts if part.__module__.partition(".")[0] != "torch" and _readable(part))


def _readable(part: Any) -> bool:
    try:
        return bool(inspect.getsource(part))
    except (OSError, TypeError):  # typed at a prompt, made by code, compiled
        return False


def _told(doing: str, error: BaseException) -> UserModelError:
    """What the reader's code raised, and where."""
    said = _message(error)
    return UserModelError(f"{doing} raised {type(error).__name__}{f': {said}' if said else ''}{_place(error)}")


def _message(error: BaseException) -> str:
    try:
        return str(error)[:LONGEST]
    except Exception:  # its class's own `__str__` raises
        return ""


def _place(error: BaseException) -> str:
    """The innermost line of the reader's own files that it went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}, line {error.lineno})"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((OURS, *LIBRARIES)) and "site-packages" not in frame.filename:
            return f" ({frame.filename}, line {frame.lineno})"
    return ""
