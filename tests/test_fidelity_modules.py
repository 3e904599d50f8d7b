"""torch's own modules, with torch's own sample inputs: observed, each runs as it does bare."""

import warnings

import pytest
import torch
from torch.testing._internal.common_modules import module_db
from torch.utils._python_dispatch import TorchDispatchMode

from explorer import observe_call
from tests.helpers import bare

# `cross_entropy` with label smoothing and an ignored class: torch's C++ adds the elements up in another order while any
# dispatch mode is active, but for `inference_mode`. As many samples differ, by the last bit, as under an empty mode.
ASKS_FOR_A_MODE = ("nn.LinearCrossEntropyLoss",)


class EmptyMode(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def samples(info, training):
    """The same samples each time."""
    torch.manual_seed(0)
    found = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=training)
    return list(found)


def prepared(info, sample, training):
    torch.manual_seed(1)
    model = info.module_cls(*sample.constructor_input.args, **sample.constructor_input.kwargs).train(training)
    torch.manual_seed(2)
    return model, sample.forward_input.args, sample.forward_input.kwargs


@pytest.mark.parametrize("grad", ["enabled", "no_grad", "inference_mode"])
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("info", module_db, ids=lambda info: info.name)
def test_a_module_of_torch_runs_as_it_does_bare(info, training, grad):
    worked, different = 0, []
    with warnings.catch_warnings(), torch.random.fork_rng(), bare.grad(grad):
        warnings.simplefilter("ignore")
        for one, other, first in zip(*[samples(info, training) for _ in range(3)], strict=True):
            model, args, kwargs = prepared(info, first, training)
            if bare.run(lambda: model(*args, **kwargs))[1] is not None:  # noqa: B023
                continue  # a sample that is not meant for this dtype
            # That call also filled torch's own caches, which change what a first call runs.
            model, args, kwargs = prepared(info, one, training)
            value, raised, lines = bare.traced(lambda: model(*args, **kwargs))  # noqa: B023
            assert raised is None
            worked += 1
            after, left = torch.get_rng_state(), dict(model.named_buffers())
            model, args, kwargs = prepared(info, other, training)
            seen = observe_call(model, *args, **kwargs)
            assert seen.error is None, seen.error
            assert torch.equal(torch.get_rng_state(), after)
            bare.assert_same_lines(seen.trace.executed_lines, lines)
            assert bare.same(dict(model.named_buffers()), left)
            if not bare.same(seen.value, value):
                different.append((one, seen.value, value))
    assert not different or (info.name in ASKS_FOR_A_MODE and grad != "inference_mode"), different[0]
    assert len(different) <= 2
    for sample, got, value in different:
        model, args, kwargs = prepared(info, sample, training)
        with bare.grad(grad), EmptyMode():
            assert bare.same(got, model(*args, **kwargs))
        torch.testing.assert_close(got, value, rtol=2e-7, atol=0)  # the last bit of a float32
    if not info.name.startswith("nn.FractionalMaxPool"):  # its samples are all float64
        assert worked > 0


def test_a_mode_of_the_callers_is_asked_about_and_ours_is_not():
    """The line of the loop over the active modes runs for the caller's mode, in a bare call as in an observed one."""
    model = torch.nn.MultiheadAttention(4, 2, batch_first=True).eval()
    x = torch.ones(1, 1, 4)
    for mode in (torch.no_grad, EmptyMode):
        with torch.no_grad(), mode():
            model(x, x, x)
            _, _, lines = bare.traced(lambda: model(x, x, x))
            seen = dict(observe_call(model, x, x, x).trace.executed_lines)
            assert (__file__ in seen) == (mode is EmptyMode)  # the mode's own method
            seen.pop(__file__, None)
            bare.assert_same_lines(seen, lines)
