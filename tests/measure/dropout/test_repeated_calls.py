"""The study makes the very calls that a bare loop makes, however it is cut into slices, and blocks no other run."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Thread
from weakref import WeakSet

import numpy as np
import pytest
import torch
from torch import nn

from explorer.catalog import ENTRIES, build, example_inputs
from explorer.experiment import Experiment, Hook
from explorer.measure.dropout import StudyError, study_dropout, variance_against_p
from explorer.measure.dropout import calls as calls_module
from explorer.measure.dropout.calls import RepeatedCalls
from explorer.observe import observe
from explorer.runtime.isolation import LOCK, grad_mode, isolated
from tests.helpers.kinds import UNCALLABLE, WITHOUT_FORWARD


def bare(experiment: Experiment, calls: int) -> np.ndarray:
    """[calls, units], by a loop as a reader would write it."""
    with isolated(seed=experiment.seed):
        model = build(experiment.model, seed=experiment.seed, p=experiment.p)
        inputs = example_inputs(experiment.model, seed=experiment.seed, batch=experiment.batch, size=experiment.size)
        if isinstance(model, nn.Module):
            model.train(experiment.training)
        with grad_mode(experiment.grad):
            return np.stack([torch.as_tensor(model(*inputs)).detach().numpy().reshape(-1) for _ in range(calls)])


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("grad", ["enabled", "no_grad", "inference_mode"])
@pytest.mark.parametrize("model", ["dropout", "recurrent", "transformer", "batchnorm", "function"])
def test_samples_are_those_of_a_bare_loop(model: str, grad: str, training: bool) -> None:
    experiment = Experiment(model=model, grad=grad, training=training, seed=5)
    assert np.array_equal(study_dropout(experiment, 30).samples, bare(experiment, 30))


@pytest.mark.parametrize("entry_mode", ["eager", "compile", "jit.trace"])
@pytest.mark.parametrize("call", ["call", "forward"])
def test_samples_are_what_the_call_returned_in_any_way_in(call: str, entry_mode: str) -> None:
    """Inside `torch.jit.trace` the hooks run whether it is given `model` or `model.forward`."""
    experiment = Experiment(model="example", call=call, entry_mode=entry_mode, hooks=(Hook("", "double"),), seed=5)
    found = observe(experiment)
    assert found.output is not None
    assert found.output.tensor is not None
    assert study_dropout(experiment, 2).samples[0].tolist() == list(found.output.tensor.preview)


@pytest.mark.parametrize(
    ("kind", "options"), [("forward", {}), ("forward", {"with_kwargs": True}), ("forward_pre", {})]
)
def test_global_hooks_run_in_every_turn(kind: str, options: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the model's own besides: the ids of the two must differ."""
    monkeypatch.setattr(calls_module, "SLICE_SECONDS", 0.0)  # one call a time slice
    hooks = (Hook("", "double", is_global=True, kind=kind, **options), Hook("", "observe", kind=kind))
    experiment = Experiment(model="example", hooks=hooks, seed=5)
    found = observe(experiment).output
    assert found is not None
    assert found.tensor is not None
    study = study_dropout(experiment, 12)
    assert {tuple(sample) for sample in study.samples.tolist()} == {found.tensor.preview}
    assert tuple(study.eval_output.tolist()) == found.tensor.preview  # nothing in it depends on the mode


def test_turns_do_not_change_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bare(Experiment(model="dropout"), 500)
    monkeypatch.setattr(calls_module, "SLICE_SECONDS", 0.0)  # one call a time slice
    turns: list[int] = []
    study = study_dropout(Experiment(model="dropout"), 500, progress=lambda done, calls: turns.append(done))
    assert len(turns) > 400
    assert np.array_equal(study.samples, whole)


def test_others_draws_between_turns_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "SLICE_SECONDS", 0.0)
    found = study_dropout(Experiment(model="dropout", seed=2), 60, progress=lambda done, calls: torch.manual_seed(99))
    assert np.array_equal(found.samples, bare(Experiment(model="dropout", seed=2), 60))


def test_the_callers_torch_is_left_alone() -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    study_dropout(Experiment(model="dropout", grad="inference_mode"), 50)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


def test_the_lock_is_free_between_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "SLICE_SECONDS", 0.002)
    turns: list[bool] = []

    def progress(done: int, calls: int) -> None:
        taken = Event()

        def take() -> None:
            with LOCK:
                taken.set()

        Thread(target=take).start()
        turns.append(taken.wait(10))

    study_dropout(Experiment(model="dropout"), 2000, progress=progress)
    assert turns
    assert all(turns)


def test_progress_can_cancel_and_keeps_a_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "SLICE_SECONDS", 0.001)
    seen: list[tuple[int, int]] = []

    def progress(done: int, calls: int) -> bool:
        seen.append((done, calls))
        return len(seen) < 3

    study = study_dropout(Experiment(model="dropout"), 100_000, progress=progress)
    assert len(seen) == 3
    assert study.calls == len(study.samples) == seen[-1][0] < 100_000
    assert np.array_equal(study.samples[:100], bare(Experiment(model="dropout"), 100)[: len(study.samples)])


@pytest.mark.parametrize("model", sorted(ENTRIES))
def test_every_entry_is_studied_or_refused_in_a_sentence(model: str) -> None:
    experiment = Experiment(model=model)
    if model in UNCALLABLE:
        with pytest.raises(StudyError, match="object is not callable"):
            study_dropout(experiment, 3)
    elif model in WITHOUT_FORWARD:
        with pytest.raises(StudyError, match=r"raised NotImplementedError: .*There is no output to study"):
            study_dropout(experiment, 3)
    else:
        study = study_dropout(experiment, 3)
        assert study.samples.shape == (3, len(study.eval_output))


def test_a_call_that_raises_is_a_sentence() -> None:
    with pytest.raises(StudyError, match=r"raised RuntimeError: shape '\[-1, 1568\]'.*choose"):
        study_dropout(Experiment(model="cnn", size=32), 5)
    assert study_dropout(Experiment(model="not-a-model", call="forward"), 3).samples.tolist() == [[6], [6], [6]]


@pytest.mark.parametrize("calls", [1, 0, -5, 2.5, "10", True, None, 10**9])
def test_impossible_numbers_of_calls(calls: object) -> None:
    with pytest.raises(StudyError, match="calls must be a whole number"):
        study_dropout(Experiment(model="dropout"), calls)  # type: ignore[arg-type]


def test_too_much_memory_is_refused_with_what_would_do() -> None:
    with pytest.raises(StudyError, match="at most 390,625 calls"):  # 100 MB / (16 rows of 4 units of 4 bytes)
        study_dropout(Experiment(model="recurrent", batch=16), 900_000)


def test_hooks_act() -> None:
    plain = study_dropout(Experiment(model="dropout"), 40)
    doubled = study_dropout(Experiment(model="dropout", hooks=(Hook(action="double"),)), 40)
    assert np.array_equal(doubled.samples, 2 * plain.samples)
    through = study_dropout(Experiment(model="dropout", call="forward", hooks=(Hook(action="double"),)), 40)
    assert np.array_equal(through.samples, plain.samples)


def test_eval_is_one_output_with_zero_variance_and_the_reference() -> None:
    for model in ("dropout", "transformer", "recurrent"):
        train = study_dropout(Experiment(model=model), 20)
        evaluated = study_dropout(Experiment(model=model, training=False), 20)
        assert (evaluated.variance == 0).all()
        assert (evaluated.interval == 0).all()
        assert evaluated.distinct == 1 < train.distinct
        assert np.array_equal(train.eval_output, evaluated.samples[0])


def test_no_grad_has_the_same_variance_and_eight_masks_eight_outputs() -> None:
    plain = study_dropout(Experiment(model="dropout"), 1000)
    without = study_dropout(Experiment(model="dropout", grad="no_grad"), 1000)
    assert np.array_equal(plain.variance, without.variance)
    assert plain.distinct == 2**3
    assert np.allclose(plain.variance, plain.samples.astype(float).var(0, ddof=1), rtol=1e-9)
    assert np.allclose(plain.mean, plain.samples.astype(float).mean(0), rtol=1e-9)


def test_dear_and_cheap_calls_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Experiment(model="dropout")
    for share in (1e-9, 1e9):  # as many together as may be; each by itself
        monkeypatch.setattr(calls_module, "READING_SHARE", share)
        assert np.array_equal(study_dropout(experiment, 500).samples, bare(experiment, 500))


@pytest.mark.parametrize(("call", "reading", "together"), [(20e-6, 40e-6, 128), (300e-6, 9e-6, 3), (10e-3, 30e-6, 1)])
@pytest.mark.parametrize("slower", [0.5, 1, 3, 10])
def test_how_many_are_read_together_is_the_same_on_a_slow_machine(
    call: float, reading: float, together: int, slower: float
) -> None:
    assert calls_module._outputs_at_once(call * slower, reading * slower) == together


def test_a_dear_call_gives_its_autograd_graph_back_at_once() -> None:
    """Each output of a `resnet18` holds 40 MB of activations behind it: no two may be alive together."""
    source = RepeatedCalls(Experiment(model="resnet18"))
    alive, most = WeakSet(), 0

    def noted(module: object, args: object, output: torch.Tensor) -> None:
        nonlocal most
        alive.add(output)
        most = max(most, len(alive))

    source.model.register_forward_hook(noted)
    source.advance(8)
    assert most <= 2  # the one that was just made, and the one that is about to be let go


def test_the_model_is_back_in_its_mode_after_the_reference() -> None:
    assert RepeatedCalls(Experiment(model="batchnorm")).model.training
    assert not RepeatedCalls(Experiment(model="batchnorm", training=False)).model.training


def test_variance_against_p() -> None:
    experiment = Experiment(model="dropout")
    sweep = variance_against_p(experiment, (0.0, 0.5, 0.9), 400)
    assert sweep.p.tolist() == [0.0, 0.5, 0.9]
    assert sweep.theory is not None
    assert (sweep.variance[0] == 0).all()
    for place, p in enumerate((0.0, 0.5, 0.9)):
        assert np.array_equal(sweep.variance[place], study_dropout(replace(experiment, p=p), 400).variance)
    assert variance_against_p(Experiment(model="transformer"), (0.1,), 5).theory is None
    with pytest.raises(StudyError, match="no dropout"):
        variance_against_p(Experiment(model="cnn"))
