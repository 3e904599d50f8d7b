"""Where torch's installed source lies: the files and folders that the explorer tells apart."""

from __future__ import annotations

from pathlib import Path

import torch.nn.functional
from torch.nn.modules import module as module_source

MODULE_FILE: str = str(module_source.__file__)  # defines `Module.__call__`
FUNCTIONAL_FILE: str = str(torch.nn.functional.__file__)
MODULES_FOLDER: str = MODULE_FILE.rpartition("module.py")[0]
TORCH_FOLDER: str = str(Path(torch.__file__).parent) + "/"
COMPILER_FOLDER: str = TORCH_FOLDER + "_dynamo/"


def is_torch_file(file: str) -> bool:
    """Return whether a file is one of torch's own."""
    return file.startswith(TORCH_FOLDER)
