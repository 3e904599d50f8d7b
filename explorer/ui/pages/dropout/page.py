"""The dropout page: the same call again and again, in train and eval mode, with gradients and without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pandas as pd
import streamlit as st

from explorer.catalog import entry
from explorer.catalog.user_model import USER_MODEL
from explorer.experiment import Experiment
from explorer.measure.dropout import (
    AtP,
    Corners,
    RunningStatistics,
    StudyError,
    closed_form,
    study_running_statistics,
    variance_against_p,
    variance_at_p,
)
from explorer.measure.dropout.sweep import PS
from explorer.ui.pages.dropout import charts, tables, words
from explorer.ui.pages.dropout.charts import show_chart
from explorer.ui.pages.dropout.work import corners
from explorer.ui.shell import projecting
from explorer.ui.shell.markdown import literal
from explorer.ui.shell.sidebar import choose_model

CALLS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
DEFAULT_CALLS, FEW_CALLS = 1_000, 100
CALLS_OF = "_calls_of"  # the usual number of calls for the model last drawn
OUTPUTS, CONVERGENCE, AGAINST_P, RUNNING = "Outputs", "Mean and variance", "Variance against p", "Batch norm"
HEIGHT = 270  # pixels of a chart
SWEEP_UNITS = 3  # drawn; more would lie on each other


def dropout_page(experiment: Experiment) -> None:
    """Draw the page of one model."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title("The same call, again and again", anchor=False, width="content")
        calls = st.select_slider(
            "Calls in each corner",
            CALLS,
            _usual_calls(experiment.model),
            key="calls",
            bind="query-params",
            width=420,
            help="In each corner one model, one input, one seeding; then so many calls, one after the other.",
        )
    try:
        study = corners(experiment, int(calls))
    except StudyError as error:
        st.warning(literal(str(error)))
        return
    st.markdown(words.headline(study))
    if without := words.left_out(experiment):
        st.caption(without)
    if words.steady(study):
        _offer("dropout")
    views: dict[str, Callable[[Experiment, Corners], None]] = {
        OUTPUTS: _outputs,
        CONVERGENCE: _convergence,
        AGAINST_P: _against_p,
        RUNNING: _running,
    }
    panes = st.tabs(list(views), key="figure", on_change="rerun", bind="query-params")
    for pane, draw in zip(panes, views.values(), strict=True):
        if pane.open:
            with pane:
                try:
                    draw(experiment, study)
                except StudyError as error:
                    st.info(literal(str(error)))


def _offer(model: str) -> None:
    """A button that changes the model to one of which the page has something to show; not for a room to see."""
    if st.session_state.get(projecting.KEY):
        return
    st.button(f"Choose the model `{model}`", key=f"choose-{model}", on_click=choose_model, args=(model,))


def _usual_calls(model: str) -> int:
    """As many as take seconds; a number that the reader did not choose goes along with the model."""
    few = entry(model).keep == "one" or model == USER_MODEL  # nobody knows how long the reader's own takes
    usual = FEW_CALLS if few else DEFAULT_CALLS
    before = st.session_state.get(CALLS_OF, usual)
    st.session_state[CALLS_OF] = usual
    if before != usual and st.session_state.get("calls") == before:
        st.session_state["calls"] = usual
    return usual


def _outputs(experiment: Experiment, study: Corners) -> None:
    domain, dark = tables.domain(study), _dark()
    module = entry(experiment.model).kind == "module"
    _caption(
        "Each circle is a value that came out; its area is the share of calls. "
        f"{'**|** is the eval output, ' if study.has_eval_output and module else ''}**◇** "
        f"{'' if study.has_eval_output and module else 'is '}the mean of the calls.{_shown(study)}",
        "outputs",
        experiment,
        lambda: tables.outputs_csv(study),
    )
    for mode in ("train", "eval") if module else ("train",):  # what is no module has no mode
        for pane, grad in zip(st.columns(2, gap="medium"), study.grads, strict=True):
            corner = study.corners[mode, grad]
            with pane:
                named = "gradients enabled" if grad == "enabled" else f"`{grad}`"
                st.markdown(f"{f'**{mode}**, ' if module else ''}{named}: **{words.different(corner.distinct)}**")
                show_chart(
                    charts.strip(
                        tables.outputs(corner),
                        tables.marks(corner, study.has_eval_output and module),
                        domain,
                        train=mode == "train",
                        dark=dark,
                    ),
                    f"units-{corner.samples.shape[1]}-{mode}-{grad}",
                    f"Outputs of {corner.calls} calls{f' in {mode} mode' if module else ''}, {grad}.",
                )


def _convergence(experiment: Experiment, study: Corners) -> None:
    corner, dark = study.corners["train", study.grads[0]], _dark()
    unit = st.segmented_control(
        "Unit of the output",
        list(range(corner.samples.shape[1])),
        default=0,
        required=True,
        key="unit",
        bind="query-params",
    )
    unit = int(unit or 0)
    _caption(
        f"Bands: 95 % intervals that hold for few-valued outputs (Bonett 2006, Newcombe 1998). {words.theory(study)}",
        "mean-and-variance",
        experiment,
        lambda: tables.convergence_csv(study),
    )
    left, right = st.columns(2, gap="medium")
    with left:
        reference = [("eval", float(corner.eval_output[unit]))] if study.has_eval_output else []
        table = tables.convergence(corner, unit, variance=False)
        show_chart(
            charts.convergence(table, reference, "mean", height=HEIGHT, dark=dark),
            "mean",
            words.converging("mean", unit, table),
        )
    with right:
        evaluated = study.corners["eval", study.grads[0]].moments.variance[unit]
        references = [("eval", float(evaluated))]
        if study.theory.variance is not None:
            references.append(("closed form", float(study.theory.variance[unit])))
        table = tables.convergence(corner, unit, variance=True)
        show_chart(
            charts.convergence(table, references, "variance", height=HEIGHT, dark=dark),
            "variance",
            words.converging("variance", unit, table),
        )


def _against_p(experiment: Experiment, study: Corners) -> None:
    title = entry(experiment.model).title
    if entry(experiment.model).p is None:
        st.info(f"`{title}` has no dropout p to set, so there is none to vary.")
        if not words.steady(study):  # else it is offered above
            _offer("dropout")
        return
    calls = _sweep_calls(study.seconds)
    place, done = st.empty(), count(1)

    def studied(at_p: Experiment, calls: int) -> AtP:
        found = _at_p(at_p, calls)
        if calls < DEFAULT_CALLS:
            place.progress(next(done) / len(PS), f"p = {at_p.p:g}")
        return found

    sweep = variance_against_p(study.experiment, PS, calls, study=studied)
    place.empty()
    table = tables.sweep(sweep, SWEEP_UNITS)
    curve = tables.curve(*_curve(study.experiment), SWEEP_UNITS) if sweep.theory is not None else pd.DataFrame()
    dashed = "Dashed: the closed form." if sweep.theory is not None else "No closed form is claimed for this model."
    _caption(
        f"Train mode, {calls:,} calls at each p; bars are 95 % intervals. {dashed}",
        "variance-against-p",
        experiment,
        lambda: tables.sweep(sweep, sweep.variance.shape[1]),
    )
    show_chart(
        charts.against_p(table, curve, height=HEIGHT + 40, dark=_dark()),
        "against-p",
        f"Variance of the output in train mode against p, from {PS[0]:g} to {PS[-1]:g}, {calls:,} calls at each.",
    )


def _running(experiment: Experiment, study: Corners) -> None:
    calls = 30 if study.seconds < 0.02 else 8
    train = _statistics(study.experiment, calls)
    without = _statistics(replace(study.experiment, grad=study.grads[1]), calls)
    evaluated = _statistics(replace(study.experiment, training=False), calls)
    if not train.layers:
        st.markdown(words.running(train, without, evaluated))
        _offer("batchnorm")
        return
    names = [layer.module for layer in train.layers]
    chosen = names[0]
    if len(names) > 1:
        chosen = st.selectbox("Batch norm", names, key="layer", bind="query-params", width=260)
    named = {"train": train, f"train, {study.grads[1]}": without, "eval": evaluated}
    table = tables.running(named, names.index(chosen))
    _caption(words.running(train, without, evaluated), "running-statistics", experiment, lambda: table)
    left, right = st.columns(2, gap="medium")
    for pane, column in ((left, "running_mean"), (right, "running_var")):
        with pane:
            st.markdown(f"**`{column}`**, first {table['channel'].nunique()} channels")
            drawn = table.rename(columns={column: "value"})[["series", "call", "channel", "value"]]
            show_chart(
                charts.statistics(drawn, column, height=HEIGHT, dark=_dark()),
                column,
                f"{column} of {chosen} after each of {calls} calls: {', '.join(named)}.",
            )


@st.cache_data(max_entries=256, show_spinner=False)
def _at_p(experiment: Experiment, calls: int) -> AtP:
    return variance_at_p(experiment, calls)


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(experiment: Experiment) -> tuple[list[float], np.ndarray]:
    """The closed form between the measured points too: p, and [p, units]."""
    ps = [round(p, 2) for p in np.linspace(0, PS[-1], 39)]
    forms = [closed_form(replace(experiment, p=p)).variance for p in ps]
    return ps, np.stack([form for form in forms if form is not None])


@st.cache_resource(max_entries=32, show_spinner="Calling the model, and reading its running statistics …")
def _statistics(experiment: Experiment, calls: int) -> RunningStatistics:
    return study_running_statistics(experiment, calls)


def _sweep_calls(seconds: float) -> int:
    """Fewer calls where one takes long: the figure should take seconds, not minutes."""
    if seconds < 0.0002:
        return DEFAULT_CALLS
    return 200 if seconds < 0.002 else 50


def _shown(study: Corners) -> str:
    shown = next(iter(study.corners.values())).samples.shape[1]
    return "" if shown == study.units else f" Drawn: the first {shown} of {study.units:,} units."


def _caption(text: str, name: str, experiment: Experiment, table: Callable[[], pd.DataFrame]) -> None:
    """What a figure shows, and beside it the button that saves its numbers: both in view before the figure."""
    with st.container(horizontal=True, vertical_alignment="center", key="caption"):
        st.caption(text, width="stretch")
        st.download_button(
            "CSV",
            lambda: table().to_csv(index=False),
            f"{experiment.model}-{name}.csv",
            "text/csv",
            key=f"csv_{name}",
            on_click="ignore",
            icon=":material/download:",
            help="Save this figure's numbers as CSV",
        )


def _dark() -> bool:
    return st.context.theme.type == "dark"
