"""Which files the trace covers: torch's modules and functional, the model's own code, and the hooks."""

from __future__ import annotations

import site
import sys
import sysconfig
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

from torch import nn
from torch.nn.modules import module as module_source

from explorer.runtime.plain_reads import attributes_of, bases_of, is_a, namespace_of, state_of_module
from explorer.torch_source.files import COMPILER_FOLDER, FUNCTIONAL_FILE, MODULES_FOLDER, TORCH_FOLDER, is_torch_file
from explorer.torch_source.phases import REGISTRY_PHASES

# Registries of hooks on a parameter.
_HOOKS_OF_TENSORS = ("_backward_hooks", "_post_accumulate_grad_hooks")
OUR_FOLDER: str = str(Path(__file__).parents[2]) + "/"
CATALOG_FOLDER: str = OUR_FOLDER + "catalog/"


class Scope:
    """Decides by a code object's file whether its frames are traced."""

    def __init__(self, target: Callable[..., Any] | object, modules: Mapping[str, nn.Module]) -> None:
        """target: what is called; the code of its class, and of every submodule's class, is covered.
        modules: those of the target, as `modules_of` gives them."""
        self._user_files = user_files(target, list(modules.values()))

    def covers(self, file: str) -> bool:
        """Return whether statements of this file become steps."""
        if file.startswith(MODULES_FOLDER) or file == FUNCTIONAL_FILE or file in self._user_files:
            return True
        return not _is_library(file)


def user_files(target: object, modules: Sequence[nn.Module]) -> set[str]:
    """Return the files that define what is called: a function's, or those of the classes of a module tree."""
    objects: Sequence[object] = modules or [target]
    files = _files_of_function(target)
    # By their ids: a class is asked for no hash, which a caller's metaclass may define.
    for kind in {id(type(each)): type(each) for each in objects}.values():
        files |= _files_of_class(kind) if type(kind) is type else _files_of_bases(kind)  # type: ignore[arg-type]
    for each in objects:  # a `forward` patched onto the instance
        files |= _files_of_function(attributes_of(each).get("forward"))
    for hook in hooks_on(modules):
        files |= _files_of_callable(hook)
    return {file for file in files if not file.startswith(COMPILER_FOLDER)}  # it patches `Module.__init__`


def is_ours(file: str) -> bool:
    """Return whether a file belongs to the explorer, its catalogue of models aside."""
    return file.startswith(OUR_FOLDER) and not file.startswith(CATALOG_FOLDER)


def is_generated_by_caller(code: CodeType, names: Mapping[str, Any]) -> bool:
    """Return whether a function was made of a text that is in no file, by `exec` in code of the caller's.

    names: the globals of the function. What a library makes in this way for its own use does not count, nor what
    `dataclass`, `namedtuple` and torch's compiler make; the names of theirs begin with two underscores.
    """
    if not code.co_filename.startswith("<string>") or code.co_qualname.startswith("__"):
        return False
    file, module = names.get("__file__"), names.get("__name__")
    if isinstance(module, str) and module.startswith("namedtuple_"):
        return False
    return not isinstance(file, str) or not _is_library(file)


@lru_cache(maxsize=1024)
def _files_of_class(kind: type) -> frozenset[str]:
    return _files_of_bases(kind)


def _files_of_bases(kind: type) -> frozenset[str]:
    found: set[str] = set()
    for base in bases_of(kind):
        for member in namespace_of(base).values():
            found |= _files_of_function(member)
    return frozenset(found)


def _files_of_function(function: object) -> set[str]:
    kind = type(function)
    if kind is MethodType or kind is staticmethod or kind is classmethod:
        function = function.__func__  # type: ignore[attr-defined]
    return {function.__code__.co_filename} if type(function) is FunctionType else set()


def hooks_on(modules: Sequence[nn.Module]) -> Iterator[object]:
    """Yield the hooks that a call of these modules, or `backward()` after it, may run: theirs, and the global ones."""
    registries = [vars(module_source).get("_global" + name) for name in REGISTRY_PHASES] if modules else []
    for module in modules:
        state = state_of_module(module)
        registries += map(state.get, REGISTRY_PHASES)
        for parameter in _values(state.get("_parameters")):
            if type(parameter) is nn.Parameter:  # to read one of the caller's classes may run its code
                registries += [getattr(parameter, name, None) for name in _HOOKS_OF_TENSORS]
    for registry in registries:
        if registry is not None and (type(registry) is not OrderedDict or registry):  # most are empty
            yield from _values(registry)


def _values(registry: object) -> Iterable[object]:
    return tuple(dict.values(registry)) if is_a(registry, dict) else ()  # type: ignore[arg-type]


def _files_of_callable(called: object) -> set[str]:
    """Return the file of a hook's own code: of a function, of what a partial is of, of the `__call__` of an object.

    That of an object of one of torch's own classes is not shown: its class says what it is.
    """
    if type(called) is partial:
        return _files_of_callable(called.func)
    if type(called) is FunctionType or type(called) is MethodType:
        return _files_of_function(called)
    method = next((found for base in bases_of(type(called)) if (found := namespace_of(base).get("__call__"))), None)
    return {file for file in _files_of_function(method) if not is_torch_file(file)}


@lru_cache(maxsize=4096)
def _is_library(file: str) -> bool:
    """Return whether a file is Python's, an installed package's, the explorer's (its catalogue aside), or generated.

    What `torch.compile` writes is numbered over the whole process, and its operations are in the graph.
    """
    if file.startswith(CATALOG_FOLDER):
        return False
    if file.startswith(("<frozen", "<string>", "<__array_function__", "<eval_with_key>")):
        return True
    return file.startswith(_library_folders())


@lru_cache(maxsize=1)
def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], sys.base_prefix + "/lib"}
    folders |= {*site.getsitepackages(), site.getusersitepackages()}
    return (TORCH_FOLDER, OUR_FOLDER, *(folder + "/" for folder in folders))
