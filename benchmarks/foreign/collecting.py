"""Find the networks of a package, a module or a folder of Python files."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from torch import nn

from benchmarks.foreign.guessing import arguments_for, inputs_for
from benchmarks.foreign.network import Network
from benchmarks.foreign.recipes import RECIPES


def networks_of(source: str) -> Iterator[Network]:
    """Give the networks of a source: by the package's recipe where there is one, otherwise each class by guesswork.

    source: a package's name, or the path of a folder or a file.
    """
    if source in RECIPES:
        yield from RECIPES[source]()
        return
    seen: set[type] = set()
    for module in _modules_of(source):
        for kind in list(vars(module).values()):
            if not (inspect.isclass(kind) and issubclass(kind, nn.Module)) or kind in seen:
                continue
            if kind.__module__ != module.__name__ or "forward" not in dir(kind):
                continue
            seen.add(kind)
            network = _guess(kind)
            if network is not None:
                yield network


def _guess(kind: type[nn.Module]) -> Network | None:
    arguments = arguments_for(kind)
    if arguments is None:
        return None
    return Network(f"{kind.__module__}.{kind.__qualname__}", lambda: kind(**arguments), inputs_for)


def _modules_of(source: str) -> Iterator[ModuleType]:
    path = Path(source)
    if path.exists():
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            module = _from_file(file)
            if module is not None:
                yield module
        return
    package = importlib.import_module(source)
    yield package
    for found in pkgutil.walk_packages(getattr(package, "__path__", []), source + ".", onerror=lambda name: None):
        if any(part.startswith("test") for part in found.name.split(".")):
            continue
        try:
            yield importlib.import_module(found.name)
        except (Exception, SystemExit):  # whatever a package's module does where what it needs is not installed
            continue


def _from_file(file: Path) -> ModuleType | None:
    name = f"foreign_{file.stem}_{abs(hash(file))}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit):
        return None
    return module
