"""Row i of an input does not depend on how many rows there are."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.catalog import ENTRIES, example_inputs

WITH_BATCH = sorted(key for key, entry in ENTRIES.items() if entry.batch is not None)


@pytest.mark.parametrize("key", WITH_BATCH)
@settings(max_examples=15, deadline=None)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_row_i_is_the_same_whatever_the_batch_size(key, data, seed):
    allowed = ENTRIES[key].batch
    sizes = st.integers(int(allowed.low), int(allowed.high))
    few, many = sorted((data.draw(sizes), data.draw(sizes)))
    for one, other in zip(
        example_inputs(key, seed=seed, batch=few), example_inputs(key, seed=seed, batch=many), strict=True
    ):
        assert (len(one), len(other)) == (few, many)
        assert torch.equal(one, other[:few])
