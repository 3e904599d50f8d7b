"""The grid of modes and grad modes, and what batch norm leaves behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from explorer.catalog import build, example_inputs
from explorer.experiment import Experiment
from explorer.measure.dropout import ModeGridStudy, StudyError, study_dropout, study_running_statistics
from explorer.measure.dropout.mode_grid import SHOWN


def finished(experiment: Experiment, calls: int) -> ModeGridStudy:
    grid = ModeGridStudy(experiment, calls)
    while grid.advance():
        pass
    return grid


@pytest.mark.parametrize("grad", ["enabled", "no_grad", "inference_mode"])
@pytest.mark.parametrize("training", [True, False])
def test_each_cell_is_its_own_study(grad: str, training: bool) -> None:
    study = finished(Experiment(model="dropout", grad=grad, training=training), 200).record()
    assert study.grad_modes == ("enabled", "no_grad" if grad == "enabled" else grad)
    for (mode, each), cell in study.cells.items():
        alone = study_dropout(Experiment(model="dropout", training=mode == "train", grad=each), 200)
        assert np.array_equal(cell.samples, alone.samples)
        assert cell.distinct == alone.distinct
        assert np.array_equal(cell.moments.interval, alone.interval)
    train, without = (study.cells["train", each] for each in study.grad_modes)
    assert train.digest == without.digest != study.cells["eval", "enabled"].digest


def test_wide_outputs_keep_few_units_but_count_all() -> None:
    study = finished(Experiment(model="dropout", batch=4, p=0.1), 30).record()
    cell = study.cells["train", "enabled"]
    assert study.units == 12
    assert cell.samples.shape == (30, SHOWN)
    alone = study_dropout(Experiment(model="dropout", batch=4, p=0.1), 30)
    assert cell.distinct == alone.distinct > len(np.unique(cell.samples, axis=0))


@pytest.mark.slow
def test_what_was_made_before_cancelling_stays_and_goes_on() -> None:
    grid = ModeGridStudy(Experiment(model="dropout"), 20_000)
    for _ in range(5):
        grid.advance()
    early = grid.record()
    assert 2 <= early.calls < 20_000
    assert {cell.calls for cell in early.cells.values()} == {early.calls}
    while grid.advance():
        pass
    late = grid.record().cells["train", "enabled"]
    assert np.array_equal(late.samples[: early.calls], early.cells["train", "enabled"].samples)
    assert np.array_equal(late.samples, study_dropout(Experiment(model="dropout"), 20_000).samples)


def test_two_threads_may_advance_one_study() -> None:
    """Streamlit's old script runs for a moment beside the new one."""
    grid = ModeGridStudy(Experiment(model="dropout"), 6000)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: [grid.advance() for _ in range(40)], range(3)))
    while grid.advance():
        pass
    alone = study_dropout(Experiment(model="dropout"), 6000).samples
    assert np.array_equal(grid.record().cells["train", "no_grad"].samples, alone)


@pytest.mark.parametrize("grad", ["enabled", "no_grad", "inference_mode"])
def test_batch_norm_moves_in_train_mode_under_any_grad_mode(grad: str) -> None:
    found = study_running_statistics(Experiment(model="batchnorm", grad=grad), 6)
    assert found.outputs_equal
    assert found.changed
    layer = found.layers[0]
    assert layer.num_batches_tracked.tolist() == list(range(7))
    # running <- (1 - momentum) running + momentum batch, torch's documented rule, with one batch all along
    model, inputs = build("batchnorm"), example_inputs("batchnorm")
    seen: list[torch.Tensor] = []
    model.get_submodule(layer.module).register_forward_pre_hook(lambda module, args: seen.append(args[0].detach()))
    model(*inputs)
    batch = seen[0].mean((0, 2, 3)).numpy()
    weights = 1 - 0.9 ** np.arange(7)
    assert np.allclose(layer.running_mean, weights[:, None] * batch, atol=1e-6)


def test_batch_norm_rests_in_eval_mode() -> None:
    found = study_running_statistics(Experiment(model="batchnorm", training=False), 5)
    assert found.outputs_equal
    assert not found.changed


def test_other_models_have_no_running_statistics() -> None:
    found = study_running_statistics(Experiment(model="dropout"), 20)
    assert found.layers == ()
    assert not found.outputs_equal
    assert study_running_statistics(Experiment(model="function"), 3).outputs_equal
    with pytest.raises(StudyError):
        study_running_statistics(Experiment(model="checkpoint"))
