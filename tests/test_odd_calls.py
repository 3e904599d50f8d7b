"""What a tensor or a model may be that most are not: the observed call is still the bare one, and has its record."""

import pytest
import torch
from torch import Tensor, nn

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from tests.helpers import bare

with torch.random.fork_rng():
    ENCODER = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1)
    ENCODER.eval().requires_grad_(False)


def padded(x: Tensor, hidden: Tensor) -> Tensor:
    """The encoder's fast path packs what is not padding into a nested tensor, which has no shape."""
    return ENCODER(x, src_key_padding_mask=hidden)


def sparse(x: Tensor, weight: Tensor) -> Tensor:
    return torch.sparse.mm(x.to_sparse(), weight)


def conditional(x: Tensor) -> Tensor:
    return torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x - 1, (x,))


def stale_view(x: Tensor, weight: Tensor) -> Tensor:
    """Of a view whose base was written to, autograd refuses to make the `grad_fn`."""
    base = x * weight
    parts = base.unbind(0)
    base.add_(len(parts) - 1)
    return base


def named_as_ours(model: Tensor) -> Tensor:
    return model + 1


class Older(nn.Module):
    """It overrides how modules are found, as torch asked for it some years ago."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def named_modules(self, memo=None, prefix=""):
        return super().named_modules(memo, prefix)

    def forward(self, x):
        return self.layer(x)


HIDDEN = torch.tensor([[False, False, False], [False, False, True]])
CALLS = {
    "nested": (padded, (torch.ones(2, 3, 8), HIDDEN), {}),
    "sparse": (sparse, (torch.eye(4), torch.ones(4, 2)), {}),
    "higher-order": (conditional, (torch.ones(3),), {}),
    "stale view": (stale_view, (torch.ones(2, 4), torch.ones(4, requires_grad=True)), {}),
    "a keyword of ours": (named_as_ours, (), {"model": torch.ones(2)}),
    "modules found otherwise": (Older(), (torch.ones(1, 2),), {}),
    "such a submodule": (nn.Sequential(Older()), (torch.ones(1, 2),), {}),
}


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
@pytest.mark.parametrize("name", CALLS)
def test_the_observed_call_is_the_bare_one(name):
    called, args, kwargs = CALLS[name]
    expected = called(*args, **kwargs)
    before = bare.state()
    seen = observe_call(called, *args, **kwargs)
    assert not bare.differing(before, bare.state())
    assert seen.error is None
    assert bare.same(seen.value, expected)
    assert len(list(narrate(seen))) == len(seen.trace.steps)
    seen.to_json()


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_a_nested_tensor_has_the_sizes_that_its_parts_share():
    seen = observe_call(padded, torch.ones(2, 3, 8), HIDDEN)
    assert (2, -1, 8) in {label.shape for node in seen.graph.nodes for label in node.outputs}


def jagged(x: Tensor) -> Tensor:
    return torch.nested.nested_tensor([x, x[:1]], layout=torch.jagged) * 2


def test_a_jagged_nested_tensor_has_a_size_that_is_a_symbol():
    seen = observe_call(jagged, torch.ones(3, 4))
    assert seen.output.tensor.shape == (2, -1, 4)
    assert '"shape": [2, -1, 4]' in seen.to_json()


def test_a_number_that_is_taken_out_of_a_tensor_is_said_to_be():
    def asks(x: Tensor) -> Tensor:
        if x.sum() > 0:
            return x
        return -x

    said = narrate(observe_call(asks, torch.ones(3)))
    assert any("takes a number out of a tensor" in sentence for sentence in said)
    assert not any("_local_scalar_dense" in sentence for sentence in said)


def test_the_branch_of_a_conditional_is_one_operation():
    nodes = observe_call(conditional, torch.ones(3)).graph.nodes
    assert [node.operation for node in nodes] == ["input", "sum", "gt", "cond", "output"]


def test_a_lazy_buffer_has_no_shape_yet():
    model, x = nn.LazyBatchNorm1d(), torch.randn(4, 3)
    seen = observe_call(model, x)
    assert seen.error is None
    assert torch.allclose(seen.value.mean(0), torch.zeros(3), atol=1e-6)


class OneLine(nn.Module):
    def forward(self, x): return x + 1  # fmt: skip


def test_a_function_on_one_line_is_not_taken_for_compiled_code():
    said = " ".join(narrate(observe_call(OneLine(), torch.ones(1))))
    assert "made of" not in said
    assert "It runs the operation `add`." in said


@pytest.mark.parametrize("count", [50, 100])
def test_a_sum_that_overflows_is_no_infinity_among_the_elements(count):
    facts = observe_call(torch.full, (count,), 3e38).output.tensor
    assert facts.statistics.minimum == facts.statistics.maximum == pytest.approx(3e38)
    assert facts.statistics.mean == pytest.approx(3e38)


def test_what_numpy_cannot_read_or_is_large_is_seen_to_move():
    """Batch norm's native operation moves no version."""
    small = nn.BatchNorm1d(3).bfloat16()
    large = nn.BatchNorm1d(20_000)
    for model, x in ((small, torch.randn(8, 3).bfloat16() + 5), (large, torch.randn(2, 20_000))):
        names = {buffer.name for buffer in observe_call(model, x).changed_buffers}
        assert names == {"running_mean", "running_var", "num_batches_tracked"}
        assert not observe_call(model.eval(), x).changed_buffers


class TurnsToEval(nn.Module):
    def forward(self, x):
        self.eval()
        return x


def test_a_model_is_told_of_as_it_was_when_the_call_began():
    assert observe_call(TurnsToEval(), torch.ones(1)).training is True
    seen = observe_call(nn.LazyLinear(3), torch.ones(1, 4))
    assert (seen.title, seen.lookup.type) == ("LazyLinear", "LazyLinear")


class Speaks(nn.Linear):
    def extra_repr(self):
        raise AssertionError("nothing may ask for this")


def test_only_torchs_own_code_is_asked_for_a_modules_settings():
    model = nn.utils.parametrizations.weight_norm(Speaks(2, 2))
    assert type(model).__module__.startswith("torch.nn")
    seen = observe_call(model, torch.ones(1, 2))
    assert seen.error is None
    assert seen.trace.steps


def test_a_tensor_class_of_the_callers_sees_nothing_of_what_is_read_before_a_write():
    seen = []

    class Loud(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            seen.append(function.__name__)
            return super().__torch_function__(function, types, args, kwargs or {})

    @torch.jit.script
    def written(x: torch.Tensor):
        return x.add_(1) * 2

    class Model(nn.Module):
        def forward(self, x):
            return written(x)

    observe_call(Model(), torch.ones(2).as_subclass(Loud))
    assert not {"__get__", "untyped_storage", "detach", "numpy"} & set(seen)
