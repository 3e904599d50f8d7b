"""The controls of the sidebar that a page does not heed: there they are grey, and keep what they say for the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from explorer.ui.shell.url import PARAMS


@dataclass(frozen=True, slots=True)
class UnusedSettings:
    """The parameters that change nothing on a page, and the sentence that says why."""

    names: frozenset[str] = frozenset()
    why: str = ""

    def __contains__(self, name: str) -> bool:
        return name in self.names


BY_PAGE: Mapping[str, UnusedSettings] = MappingProxyType(
    {
        "dropout": UnusedSettings(
            frozenset({"via", "mode", "backward"}),
            "Here plain calls are made in both modes, with and without gradients. "
            "`inference_mode` takes the place of `no_grad`.",
        ),
        "questions": UnusedSettings(
            frozenset(PARAMS), "Each question has a run of its own: these settings are for the other pages."
        ),
    }
)


def unused_on(url_path: str) -> UnusedSettings:
    """What waits on the page with this address."""
    return BY_PAGE.get(url_path, UnusedSettings())
