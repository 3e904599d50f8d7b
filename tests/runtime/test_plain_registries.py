"""What a caller puts in the place of torch's own objects is told by its class: none of its methods runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explorer import observe_call
from explorer.runtime.plain_reads import message_of


class _Asked:
    """Says which of its methods ran."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __bool__(self) -> bool:
        self.asked.append("bool")
        return False

    def __len__(self) -> int:
        self.asked.append("len")
        return 0

    def values(self) -> list[object]:
        self.asked.append("values")
        return []

    def items(self) -> list[object]:
        self.asked.append("items")
        return []


class _Doubles(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2


@pytest.mark.parametrize("registry", ["_modules", "_buffers"])
def test_a_registry_of_the_callers_is_asked_nothing(registry: str) -> None:
    inner, asked = _Doubles(), _Asked()
    vars(inner)[registry] = asked

    class Outer(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return inner(x)

    observation = observe_call(Outer(), torch.ones(2), reraise=True)
    assert observation.graph.nodes
    assert asked.asked == []


def test_the_class_that_a_module_says_it_is_of_is_not_asked() -> None:
    asked: list[str] = []

    class Says(_Doubles):
        @property  # type: ignore[misc]
        def __class__(self) -> type:
            asked.append("class")
            return _Doubles

    observe_call(Says(), torch.ones(2), reraise=True)
    observed, asked[:] = list(asked), []
    Says()(torch.ones(2))
    assert observed == asked


@pytest.mark.parametrize(
    "make",
    [
        lambda text: UnicodeDecodeError("utf-8", b"ab", 0, 1, text),
        lambda text: UnicodeEncodeError("utf-8", "ab", 0, 1, text),
        lambda text: UnicodeTranslateError("ab", 0, 1, text),
        lambda text: ImportError(text),
    ],
)
@pytest.mark.parametrize("later", [False, True])
def test_a_text_of_the_callers_class_in_an_exception_is_asked_nothing(make, later: bool) -> None:  # type: ignore[no-untyped-def]
    asked: list[str] = []

    class Text(str):
        __slots__ = ()

        def __str__(self) -> str:
            asked.append("str")
            return "no"

        __repr__ = __str__

    exception = make("fine" if later else Text("why"))
    if later:
        setattr(exception, "msg" if isinstance(exception, ImportError) else "reason", Text("why"))
    message_of(exception)
    assert asked == []


@pytest.mark.parametrize("inference", [False, True])
def test_a_function_mode_inside_of_the_call_sees_no_tensor_of_a_list_read(inference: bool) -> None:
    class Seeing(TorchFunctionMode):
        seen: list[object]

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.seen.append(func)
            return func(*args, **(kwargs or {}))

    class Holds(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            mode = Seeing()
            mode.seen = seen
            with mode:
                y = x + 1
                held = [y]
                held.append(y * 2)
                pair = {"a": y}
            return held[1] + pair["a"]

    seen: list[object] = []
    with torch.inference_mode(inference):
        Holds()(torch.ones(2))
        bare, seen = seen, []
        observe_call(Holds(), torch.ones(2), reraise=True)
    assert len(seen) == len(bare) == 2
