"""Elements against those that NumPy and torch give, and the tensor they were read from as it was."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from explorer import observe_call
from explorer.capture.values import elements, stored_elements
from explorer.capture.values.elements import EXACT_LIMIT, elements_of
from explorer.runtime.torch_private import memory
from explorer.runtime.torch_private.memory import is_untouched_clone

SIZES = (3, 20_000, EXACT_LIMIT, EXACT_LIMIT + 1)  # each is read in a way of its own
FORMS = {
    "as it is": lambda t: t,
    "transposed": lambda t: t.transpose(0, -1),
    "every other": lambda t: t[..., ::2],
    "from the second on": lambda t: t[1:],
    "expanded": lambda t: t[..., :1].expand(*t.shape[:-1], 4),
    "negative": lambda t: torch.complex(t.double(), t.double()).conj().imag,
}


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.sampled_from((torch.float32, torch.float16, torch.int64, torch.bool)),
    st.sampled_from(sorted(FORMS)),
)
def test_elements_are_those_that_numpy_reads(shape: list[int], dtype: torch.dtype, form: str) -> None:
    tensor = FORMS[form]((torch.randn(shape) * 3).to(dtype))
    wanted = tensor.clone().resolve_neg().numpy().flatten()
    found = elements_of(tensor)
    if not wanted.size:
        assert found is None
        return
    assert found is not None
    tensor.detach().zero_() if form != "expanded" else tensor[..., :1].zero_()
    assert found.flat.dtype == wanted.dtype
    assert found.flat.tolist() == wanted.tolist()
    assert found.first.tolist() == wanted[:6].tolist()
    assert found.sampled is None


@pytest.mark.parametrize("form", sorted(FORMS))
def test_of_a_large_tensor_evenly_spaced_elements_are_read(form: str) -> None:
    tensor = FORMS[form](torch.randn(500, 400))
    found = elements_of(tensor)
    assert found is not None
    everything = tensor.flatten().resolve_neg()
    assert found.first.tolist() == everything[:6].tolist()
    if found.sampled is None:  # the form left few enough
        assert found.flat.tolist() == everything.tolist()
        return
    step = -(-len(everything) // 4096)
    assert found.flat.tolist() == everything[::step].tolist()
    assert found.sampled == len(found.flat) <= 4096


@pytest.mark.parametrize("size", SIZES)
def test_reading_leaves_a_copy_on_write_tensor_shared_and_its_storage_resizable(size: int) -> None:
    template = torch.randn(size)
    tensor = torch._lazy_clone(template)
    assert elements_of(tensor) is not None
    assert is_untouched_clone(tensor)
    assert tensor.untyped_storage().resizable()


@pytest.mark.parametrize("size", SIZES)
def test_a_release_without_torchs_private_address_reads_the_same(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_data_address", None)
    for module in (elements, stored_elements):
        monkeypatch.setattr(module, "address_of", memory._writable_address)
    template = torch.randn(size)
    tensor = torch._lazy_clone(template)
    found, kept = elements_of(tensor), stored_elements.store_elements(tensor)
    assert found is not None
    assert kept is not None
    assert found.first.tolist() == kept.elements.first.tolist() == template[:6].tolist()
    assert is_untouched_clone(tensor)


class Resizing(nn.Module):
    """Its forward would raise if what it resizes had been read through `Tensor.numpy`."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("kept", torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        y = x * 2
        y.relu_()
        y.resize_(2 * len(x))
        self.kept.resize_(2 * len(x))
        return y[: len(x)] + 1


@pytest.mark.parametrize("size", SIZES)
def test_what_was_looked_at_can_still_be_resized(size: int) -> None:
    model, x = Resizing(size), torch.randn(size)
    wanted = Resizing(size)(x)
    observed = observe_call(model, x, reraise=True)
    assert torch.equal(observed.value, wanted)
    for tensor in (x, observed.value, model.kept):
        assert tensor.untyped_storage().resizable()
