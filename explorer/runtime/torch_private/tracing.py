"""The tracer of `torch.jit.trace`: taken off while a tensor is read, and put back for the operation itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from explorer.runtime.torch_private.names import find

_get_state = find("torch._C._get_tracing_state")
_set_state = find("torch._C._set_tracing_state")
_is_excluded = find("torch._C._dispatch_tls_is_dispatch_key_excluded")
_exclude = find("torch._C._dispatch_tls_set_dispatch_key_excluded")
# Whether the tracer can be taken off; otherwise the two functions below do nothing.
CAN_UNTRACE = None not in (_get_state, _set_state, _is_excluded, _exclude)
_KEY = "Tracer"


@contextmanager
def untraced() -> Iterator[Any]:
    """Read tensors without `torch.jit` taking the reading for a part of the model. Yields what `traced` is given."""
    if not CAN_UNTRACE:
        yield None
        return
    state = _get_state()  # type: ignore[misc]
    _put(state=None)
    try:
        yield state
    finally:
        _put(state=state)


@contextmanager
def traced(state: Any) -> Iterator[None]:
    """Go on tracing, inside `untraced`. torch records a convolution below the point where a dispatch mode sees it."""
    if not CAN_UNTRACE:
        yield
        return
    excluded = _is_excluded(_KEY)  # type: ignore[misc]
    _exclude(_KEY, False)  # type: ignore[misc]
    _put(state=state)
    try:
        yield
    finally:
        _put(state=None)
        _exclude(_KEY, excluded)  # type: ignore[misc]


def _put(*, state: Any) -> None:
    """Set the tracer's state; torch refuses that where its dispatch key is excluded, as it is in a dispatch mode."""
    excluded = _is_excluded(_KEY)  # type: ignore[misc]
    _exclude(_KEY, False)  # type: ignore[misc]
    _set_state(state)  # type: ignore[misc]
    _exclude(_KEY, excluded)  # type: ignore[misc]
