"""Where the batch sizes of two runs differ, the rows that both have are compared."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer import Experiment
from explorer.catalog import ENTRIES, build, example_inputs
from explorer.measure.outcomes import measure_outcomes
from explorer.measure.shared_rows import shared_rows
from explorer.observe import observe
from explorer.reading.compare import compare
from explorer.ui.pages.compare.result_words import output_sentence

DRAW_IN_EVAL_MODE = {"frozen-child", "bare-dropout"}  # each batch size another mask
BATCHED = sorted(
    key
    for key, entry in ENTRIES.items()
    if entry.batch is not None and entry.kind == "module" and key not in DRAW_IN_EVAL_MODE
)


@pytest.mark.parametrize("key", BATCHED)
def test_what_is_said_of_the_rows_is_what_a_bare_call_gives(key):
    left, right = (Experiment(model=key, training=False, grad="no_grad", batch=batch) for batch in (1, 3))
    found = measure_outcomes(left, right).rows
    model = build(key, seed=left.seed, training=False)
    with torch.no_grad():
        one, other = (model(*example_inputs(key, seed=left.seed, batch=batch)) for batch in (1, 3))
    if not isinstance(one, torch.Tensor):
        return
    assert found is not None
    assert found.count == 1
    assert found.equal is bool(torch.equal(one, other[:1]))
    assert found.largest_difference == (one.double() - other[:1].double()).abs().max().item()
    assert found.equal or found.up_to_rounding  # in eval mode the batch size does not matter


def test_batch_norm_in_train_mode_is_no_rounding():
    left, right = (Experiment(model="batchnorm", batch=batch) for batch in (2, 4))
    found = measure_outcomes(left, right)
    assert found.rows is not None
    assert not found.rows.equal
    assert not found.rows.up_to_rounding
    assert output_sentence(compare(observe(left), observe(right)), found).startswith(
        "**The 2 rows that both have differ**"
    )


def test_equal_batch_sizes_compare_whole_outputs():
    assert measure_outcomes(Experiment(model="simple"), Experiment(model="simple")).rows is None


@given(st.integers(1, 4), st.integers(5, 9), st.integers(-20, 20), st.integers(0, 3))
def test_units_are_spacings_of_the_largest_number(rows, more, exponent, steps):
    one = torch.full((more, 2), 1.5 * 2.0**exponent)
    other = one[:rows].clone()
    for _ in range(steps):
        other[0, 0] = torch.nextafter(other[0, 0], torch.tensor(math.inf))
    found = shared_rows(one, more, other, rows)
    assert found is not None
    assert (found.count, found.equal, found.units) == (rows, steps == 0, float(steps))


def test_what_has_no_rows_is_not_compared():
    assert shared_rows(torch.ones(()), 1, torch.ones(()), 2) is None
    assert shared_rows((torch.ones(1), 5), 1, (torch.ones(2), 5), 2) is None
