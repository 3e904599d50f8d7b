"""Stored elements against the tensor's own: the same numbers, whatever becomes of the tensor afterwards."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.utils.dlpack import to_dlpack

from explorer.capture.values.elements import elements_of
from explorer.capture.values.stored_elements import store_elements
from explorer.runtime.torch_private.memory import is_untouched_clone

DTYPES = (torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.uint8, torch.bool)


def listed(tensor: torch.Tensor) -> list[object] | None:
    stored = store_elements(tensor)
    return None if stored is None else stored.elements.flat.tolist()


PARTS = (slice(None), slice(1, None), slice(None, 2), slice(None, None, 2))


@given(
    st.sampled_from(DTYPES),
    st.lists(st.integers(0, 5), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from(PARTS),
    st.booleans(),
)
def test_what_is_stored_is_what_the_tensor_has(
    dtype: torch.dtype, shape: list[int], turned: bool, part: slice, first: bool
) -> None:
    tensor = (torch.randn(shape) * 3).to(dtype)
    tensor = tensor.transpose(0, -1) if turned else tensor
    tensor = tensor[part] if first else tensor[..., part]  # it may begin behind the storage's start, and be empty
    before = tensor.flatten().tolist()
    stored = store_elements(tensor)
    if not before:
        assert stored is None
        return
    assert stored is not None
    assert stored.nbytes == len(before) * tensor.element_size()
    tensor.zero_()
    assert stored.elements.flat.tolist() == before
    assert stored.elements.first.tolist() == before[:6]
    assert stored.elements.sampled is None


def test_a_copy_on_write_tensor_stays_shared() -> None:
    template = torch.randn(5)
    tensor = torch._lazy_clone(template)
    assert listed(tensor) == template.tolist()
    assert is_untouched_clone(tensor)


def test_a_tensor_that_needs_gradients_and_one_of_inference_mode() -> None:
    assert listed(torch.ones(2, requires_grad=True)) == [1, 1]
    with torch.inference_mode():
        assert listed(torch.ones(2)) == [1, 1]


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(2, dtype=torch.bfloat16),
        torch.ones(2, dtype=torch.complex64),
        torch.ones(2, device="meta"),
        torch.ones(2).to_sparse(),
        torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8),
    ],
    ids=["bfloat16", "complex", "meta", "sparse", "nested", "quantized"],
)
def test_what_numpy_cannot_read_is_not_stored(tensor: torch.Tensor) -> None:
    assert store_elements(tensor) is None is elements_of(tensor)


def test_a_negative_view_is_read_with_its_sign() -> None:
    negative = torch.ones(2, dtype=torch.complex64).mul(1j).conj().imag
    assert negative.is_neg()
    assert listed(negative) == [-1, -1]


@pytest.mark.parametrize("size", [2, 100_000])
def test_memory_that_was_given_back_is_not_read(size: int) -> None:
    freed = torch.ones(size)
    freed.untyped_storage().resize_(0)
    assert store_elements(freed) is None is elements_of(freed)


@pytest.mark.parametrize("size", [2, 100, 100_000])
@pytest.mark.parametrize("step", [1, 2])
def test_nothing_is_read_behind_the_end_of_a_storage_that_shrank(size: int, step: int) -> None:
    shrunk = torch.ones(size * step)[::step]
    shrunk.untyped_storage().resize_(4)
    assert store_elements(shrunk) is None is elements_of(shrunk)


def test_inside_a_transform_there_is_no_memory_to_show() -> None:
    def inner(x: torch.Tensor) -> torch.Tensor:
        assert store_elements(x) is None
        return x

    torch.vmap(inner)(torch.ones(3, 2))


@pytest.mark.parametrize(
    ("one", "other", "same"), [(0.0, -0.0, False), (float("nan"), float("nan"), True), (1.0, 1.0, True)]
)
def test_equal_means_the_same_bytes(one: float, other: float, same: bool) -> None:
    for turned in (torch.tensor([other]), torch.tensor([other, 7.0])[::2]):  # the second is not contiguous
        stored, compared = store_elements(torch.tensor([one])), store_elements(turned)
        assert stored is not None
        assert compared is not None
        assert (stored.content == compared.content) is same


def filled(*shape: int) -> Tensor:
    return torch.arange(float(torch.Size(shape).numel())).reshape(shape)


def test_the_memory_of_a_tensor_that_is_gone_is_not_copied() -> None:
    tensor = filled(30, 20)
    wanted = elements_of(tensor)
    stored = store_elements(tensor, share=True)
    assert wanted is not None
    assert stored is not None
    del tensor
    stored.detach_from_tensor()
    assert stored.is_shared
    assert stored.nbytes == 2400
    assert stored.elements.flat.tolist() == wanted.flat.tolist()
    assert not stored.is_shared  # it is numbers now


@pytest.mark.parametrize("keeper", [Tensor.numpy, Tensor.detach, lambda t: t[3:], Tensor.untyped_storage, to_dlpack])
def test_memory_that_something_else_still_uses_is_copied(keeper: Callable[[Tensor], object]) -> None:
    tensor = filled(30, 20)
    kept = keeper(tensor)
    wanted = tensor.flatten().tolist()
    stored = store_elements(tensor, share=True)
    assert stored is not None
    del tensor  # so that only `kept` has it
    stored.detach_from_tensor()
    assert not stored.is_shared
    if isinstance(kept, Tensor):
        kept.fill_(9)
    assert stored.elements.flat.tolist() == wanted


def test_what_autograd_saved_counts_as_had() -> None:
    saved = filled(30, 20).requires_grad_().exp()
    total = saved.sum()
    stored = store_elements(saved, share=True)
    assert stored is not None
    del saved
    stored.detach_from_tensor()
    assert not stored.is_shared
    assert total.grad_fn is not None


def test_only_a_whole_memory_of_torchs_own_is_shared(tmp_path: Path) -> None:
    array = np.zeros(600, dtype=np.float32)
    mapped = torch.from_file(str(tmp_path / "mapped"), shared=True, size=600)
    others = [torch.from_numpy(array), filled(40, 20)[:30], filled(600).share_memory_(), mapped, filled(3)]
    for tensor in others:
        stored = store_elements(tensor, share=True)
        assert stored is not None
        assert not stored.is_shared
    whole = store_elements(filled(600), share=True)
    assert whole is not None
    assert whole.is_shared


@pytest.mark.parametrize("shape", [(256,), (30, 20), (3, 1, 400)])
def test_shared_elements_equal_copied_ones_byte_by_byte(shape: tuple[int, ...]) -> None:
    tensor = filled(*shape)
    shared, copied = store_elements(tensor, share=True), store_elements(tensor)
    assert shared is not None
    assert copied is not None
    assert shared.is_shared
    assert shared.content == copied.content
    tensor.view(-1)[-1] = -1
    assert shared.content != copied.content


def shrink(tensor: Tensor) -> None:
    tensor.untyped_storage().resize_(8)


def other_data(tensor: Tensor) -> None:
    tensor.data = torch.ones(3, 3)


CHANGES: list[Callable[[Tensor], object]] = [
    lambda t: None,
    lambda t: t[1, 1].fill_(7),
    lambda t: t.t_(),
    lambda t: t.as_strided_((2, 2), (3, 1), 1),
    lambda t: t.as_strided_((3, 3), (1, 3)),
    lambda t: t.resize_(4),
    lambda t: t.set_(torch.ones(3, 3)),
    lambda t: t.set_(torch.ones(20).untyped_storage(), 2, (3, 3)),
    other_data,
    shrink,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("lazy", [False, True])
def test_what_is_reread_is_what_would_be_stored_anew(change: Callable[[Tensor], object], lazy: bool) -> None:
    source = filled(3, 3)
    tensor = torch._lazy_clone(source) if lazy else source
    stored = store_elements(tensor)
    assert stored is not None
    change(tensor)
    anew, again = store_elements(tensor), stored.reread(tensor)
    if anew is None:
        assert again is None
        return
    assert again is not None
    assert again.content == anew.content
    assert again.elements.flat.tolist() == anew.elements.flat.tolist() == tensor.flatten().tolist()
    assert (again is stored) == (anew.content == stored.content)
