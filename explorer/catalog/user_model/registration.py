"""Which model of the reader's own this process has: none, or the one that was registered."""

from __future__ import annotations

from threading import Lock
from typing import Final

from explorer.catalog.user_model.loading import UserModel


class Registration:
    """Room for one model, which stays once it is there. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: UserModel | None = None

    @property
    def model(self) -> UserModel | None:
        """The registered model, or None."""
        return self._model

    def register(self, model: UserModel) -> None:
        """Register this model. Where one of an equal request is there already, that one stays.

        Raises ValueError where there is one of another request: records, links and caches name the model by its key
        alone, so the key must not change its meaning.
        """
        with self._lock:
            if self._model is None:
                self._model = model
            elif self._model.request != model.request:
                raise ValueError(
                    f"{self._model.request.target} is this process's own model already; {model.request.target} can be "
                    "that of another process."
                )


# The catalogue's only process-wide state: entries are looked up by key from everywhere, and a key means one model.
_REGISTRATION: Final = Registration()


def register(model: UserModel) -> None:
    """Put a model into this process's catalogue, as its first entry and its default.

    Raises ValueError where another one is registered.
    """
    _REGISTRATION.register(model)


def user_model() -> UserModel | None:
    """Return the registered model of this process, None where there is none."""
    return _REGISTRATION.model
