"""All that is private in torch and CPython, in one room: see `names` for each, and what is lost where it is missing.

`modes` is about function modes and dispatch modes, `memory` about where tensors lie, `operators` about builtins,
`scripts` about what `torch.jit` made, `tracing` about `torch.jit.trace`, `compiler_marks` about `torch.compile`.
"""

from explorer.runtime.torch_private.modes import without_torch_modes
from explorer.runtime.torch_private.names import MISSING, missing_private_names, notes_on_missing_names

__all__ = ["MISSING", "missing_private_names", "notes_on_missing_names", "without_torch_modes"]
