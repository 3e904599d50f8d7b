"""The dropout page as a script: every entry, every figure, a long study, and its cancelling."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.catalog import ENTRIES, build, example_inputs
from explorer.catalog.digits import stored_digits
from explorer.experiment import Experiment
from explorer.measure.dropout import ModeGrid, ModeGridStudy, variance_against_p
from explorer.ui.pages.dropout import charts, tables, words
from explorer.ui.pages.dropout.studies import (
    IN_PROGRESS,
    KEPT_BYTES,
    Studies,
    StudyInProgress,
    in_train_mode_with_gradients,
)
from tests.helpers import patience
from tests.helpers.kinds import UNCALLABLE, WITHOUT_FORWARD

FIGURES = ("Outputs", "Mean and variance", "Variance against p", "Batch norm")


def page(**fields):  # type: ignore[no-untyped-def]  # AppTest runs its source alone
    from explorer.experiment import Experiment
    from explorer.ui.pages.dropout.page import draw_page

    draw_page(Experiment(**fields))


def opened(calls: int = 10, figure: str = "", **fields: Any) -> AppTest:
    app = AppTest.from_function(page, kwargs=fields, default_timeout=patience.SECONDS)
    app.query_params["calls"] = str(calls)
    if figure:
        app.query_params["figure"] = figure
    app.run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.info, *app.warning))


def studied(calls: int, **fields: Any) -> ModeGrid:
    grid = ModeGridStudy(Experiment(**fields), calls)
    while grid.advance():
        pass
    return grid.record()


@pytest.mark.parametrize("model", sorted(ENTRIES))
def test_every_entry_opens(model: str) -> None:
    app = opened(model=model)
    if model in UNCALLABLE:
        assert "object is not callable" in app.warning[0].value
    elif model in WITHOUT_FORWARD:
        assert "is missing the required" in app.warning[0].value
    else:
        assert "10 calls gave" in text(app)


@pytest.mark.parametrize("model", ["dropout", "batchnorm", "function", "transformer"])
@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_opens(model: str, figure: str) -> None:
    opened(model=model, figure=figure)


def test_headline_is_measured() -> None:
    assert "1,000 calls gave **8 different outputs**; in eval mode **1 output" in text(opened(1000, model="dropout"))
    assert "`inference_mode` changed nothing" in text(opened(model="dropout", grad="inference_mode"))
    assert "The two are not equal." in text(opened(model="batchnorm"))
    assert "The two are equal." in text(opened(model="cnn"))


def test_what_is_no_module_has_no_mode() -> None:
    app = opened(1000, model="function")
    assert "1,000 calls gave **1 output, every time the same**." in text(app)
    for words_of_modes in ("In train mode", "in eval mode", "**train**", "**eval**", "eval output"):
        assert words_of_modes not in text(app)
    assert "**eval**" in text(opened(model="dropout"))


def test_one_draw_of_many_is_not_called_the_eval_output() -> None:
    assert "is the eval output" in text(opened(model="dropout"))
    app = opened(model="bare-dropout")
    assert "is the eval output" not in text(app)
    study = studied(30, model="bare-dropout")
    assert not study.has_eval_output
    cell = study.cells["eval", "enabled"]
    assert cell.distinct > 1
    assert set(tables.reference_values(cell, study.has_eval_output)["name"]) == {"mean of the calls"}


def test_headline_tells_rounding_from_randomness() -> None:
    study = studied(10, model="transformer", batch=2)
    said = words.headline(study)
    assert "number of different outputs" not in said
    assert "randomness" not in said  # every train mode call gives another output, with or without gradients
    model, inputs = build("transformer").eval(), example_inputs("transformer", batch=2)
    plain = model(*inputs).flatten()
    with torch.no_grad():
        fused = model(*inputs).flatten()
    assert not torch.equal(plain, fused)  # the fused encoder layer rounds otherwise
    assert study.units == len(plain) == 8
    furthest = (plain - fused).abs()[:6].max().item()
    assert said.endswith(
        f"With equal seeds, `no_grad` changed outputs in eval mode: by at most {furthest:.2g} "
        "in the first 6 of 8 units."
    )


def test_all_units_are_looked_at_before_two_outputs_are_called_equal() -> None:
    """The first six are, and the seventh is not."""
    study = studied(10, model="linear-regression", batch=7)
    corner = ("eval", "enabled")
    other = replace(study.cells[corner], digest=b"another")
    assert "The two are equal." in words.headline(study)
    assert "The two are not equal." in words.headline(replace(study, cells={**study.cells, corner: other}))


def test_the_interval_is_said_of_the_units_that_were_looked_at() -> None:
    assert words.theory(studied(300, model="dropout", batch=4)).endswith(" of the first 6 of 12 units.")
    assert words.theory(studied(300, model="dropout")).endswith(" of 3 units.")


def test_a_band_begins_where_its_interval_holds_and_says_where() -> None:
    few, enough, still = studied(10, model="dropout"), studied(300, model="dropout"), studied(100, model="simple")
    assert words.band(few.cells["train", "enabled"], 0).startswith("No band: an interval would need about ")
    assert tables.convergence(few.cells["train", "enabled"], 0, variance=True)["low"].isna().all()
    assert words.theory(few) == few.theory.because  # of an interval that does not hold nothing is said
    assert words.band(still.cells["train", "enabled"], 0) == "Unit 0 did not vary, so there is no band around it."
    assert "did not vary; it gives 0 for" in words.theory(still)
    cell = enough.cells["train", "enabled"]
    for variance in (False, True):
        table = tables.convergence(cell, 0, variance=variance)
        drawn = table[table["low"].notna()]
        assert drawn["calls"].min() >= cell.moments.needed[0]
        assert drawn["calls"].max() == 300
        figure = charts.convergence(table, [], "variance", height=200, dark=False)
        named = {one["name"]: one for one in figure["data"]}
        assert min(named["95 % interval"]["x"]) == drawn["calls"].min()
        assert f"It begins at {ceil(cell.moments.needed[0])} calls" in words.band(cell, 0)
        told = named["train"]["customdata"]
        assert ["interval low" in one for (one,) in told] == list(table["low"].notna())


def test_bars_against_p_are_drawn_where_they_hold() -> None:
    sweep = variance_against_p(Experiment(model="dropout"), (0.0, 0.5, 0.95), 100)
    table = tables.sweep(sweep, 2)
    assert list(table["low"].notna()) == [False, False, True, True, False, False]  # none varied; enough; too few
    figure = charts.against_p(table, pd.DataFrame(), height=200, dark=False)
    for one in figure["data"]:
        assert [reach > 0 for reach in one["error_y"]["array"]] == [False, True, False]
        assert ["interval" in text for (text,) in one["customdata"]] == [False, True, False]
    assert words.bars(2, 6) == "Bars are 95 % intervals, drawn where the calls are enough for one."


def test_batch_norm_story() -> None:
    said = text(opened(model="batchnorm", figure="Batch norm"))
    assert "outputs of 30 calls were all equal, yet the running statistics" in said
    assert "from 0 to 30" in said
    assert "`no_grad` did not stop that" in said
    assert "In eval mode they did not change." in said
    app = opened(model="dropout", figure="Batch norm")
    assert "has no batch norm" in text(app)
    assert [button.label for button in app.button] == ["Choose the model `batchnorm`"]


def test_closed_form_is_claimed_only_where_there_is_one() -> None:
    assert "Dashed: the closed form." in text(opened(model="dropout", figure="Variance against p"))
    assert "No closed form is claimed" in text(opened(model="transformer", figure="Mean and variance"))
    assert "has no dropout" in text(opened(model="cnn", figure="Variance against p"))


def test_nonsense_calls_give_the_default() -> None:
    app = AppTest.from_function(page, kwargs={"model": "simple"}, default_timeout=patience.SECONDS)
    app.query_params["calls"] = "many"
    app.run()
    assert not app.exception
    assert "1,000 calls gave" in text(app)


def test_what_the_study_does_without_is_said() -> None:
    said = [caption.value for caption in opened(model="dropout", entry_mode="compile", backward=True).caption]
    assert "Each call is made without `via=compile` and `backward()`: what it returns is the same." in said
    said = [caption.value for caption in opened(model="dropout", entry_mode="jit.trace").caption]
    assert "Each call is made without `via=jit.trace`: what it returns is the same." in said
    assert not any("is made without" in caption.value for caption in opened(model="dropout").caption)


def test_cancelled_study_is_shown_and_goes_on() -> None:
    experiment = Experiment(model="dropout", seed=77)
    work = StudyInProgress((in_train_mode_with_gradients(experiment), "no_grad", 3000), experiment, 3000)
    for _ in range(4):
        work.grid_study.advance()
    work.cancelled = work.grid_study.record()
    app = AppTest.from_function(page, kwargs={"model": "dropout", "seed": 77}, default_timeout=patience.SECONDS)
    app.query_params["calls"] = "3000"
    app.session_state[IN_PROGRESS] = work
    app.run()
    assert f"Cancelled: **{work.cancelled.calls:,}** of 3,000 calls" in text(app)
    assert f"In train mode {work.cancelled.calls:,} calls gave" in text(app)
    app.button(key="continue").click().run()
    assert not app.exception
    assert "In train mode 3,000 calls gave" in text(app)
    assert IN_PROGRESS not in app.session_state


def test_csv_tables_hold_what_was_measured() -> None:
    study = studied(100, model="dropout")
    outputs = tables.outputs_csv(study)
    sums = outputs.groupby(["mode", "grad", "unit"])["calls"].sum()
    assert len(sums) == 2 * 2 * 3
    assert (sums == 100).all()
    last = tables.convergence_csv(study).query("calls == 100 and mode == 'train' and grad == 'enabled'")
    cell = study.cells["train", "enabled"]
    assert last["variance_value"].tolist() == pytest.approx(cell.samples.astype(float).var(0, ddof=1))
    assert last["mean_value"].tolist() == pytest.approx(cell.samples.astype(float).mean(0))


def test_the_shelf_is_bounded() -> None:
    shelf, study = Studies(), studied(1000, model="dropout")
    size = sum(cell.samples.nbytes for cell in study.cells.values())
    most = KEPT_BYTES // size
    for number in range(most + 5):
        shelf.put((study.experiment, "no_grad", number), study)
    assert shelf.get((study.experiment, "no_grad", 0)) is None
    assert shelf.get((study.experiment, "no_grad", most + 4)) is study


def test_scores_of_classes_are_called_classes_and_all_ten_are_drawn() -> None:
    study = studied(100, model="digits-dropout", digit="8-hard")
    assert study.cells["train", "enabled"].samples.shape == (100, 10)
    assert words.first_of(study) == ""
    assert " of 10 classes" in words.theory(study) or "10 classes" in words.theory(study)
    assert words.band(study.cells["eval", "enabled"], 3, words.noun(study)).startswith("Class 3 did not vary")
    assert words.first_of(studied(10, model="digits-dropout", batch=2)) == "the first 10 of 20 classes"
    cell = study.cells["train", "enabled"]
    figure = charts.strip(
        tables.outputs(cell), tables.reference_values(cell), tables.domain(study), train=True, dark=False, noun="class"
    )
    assert figure["layout"]["yaxis"]["title"]["text"] == "class"
    assert figure["layout"]["yaxis"]["categoryarray"] == [str(label) for label in range(10)]
    assert all(trace["hovertemplate"].startswith("class %{y}") for trace in figure["data"])
    app = opened(model="digits-dropout", figure="Mean and variance")
    assert app.segmented_control(key="unit").label == "Class of the output"
    assert opened(model="dropout", figure="Mean and variance").segmented_control(key="unit").label == (
        "Unit of the output"
    )


def test_a_batch_of_classes_draws_those_of_its_first_row() -> None:
    two = studied(10, model="digits", batch=2, digit="3").cells["eval", "enabled"].eval_output
    assert two == pytest.approx(stored_digits()["3"].scores, abs=2e-3)


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_of_the_digits_opens(figure: str) -> None:
    opened(model="digits-dropout", figure=figure)
    opened(model="digits", figure=figure)
