"""Coverage by simulation, against variances known exactly; and the edges."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from explorer.measure.dropout.intervals import ENOUGH, moments, student

STUDIES = 1500
WEIGHTS = {1: [1.0], 3: [0.9, -0.5, 0.4], 6: [0.9, -0.5, 0.4, 0.3, -0.8, 0.1]}


def simulate(weights: list[float], p: float, calls: int) -> tuple[np.ndarray, float, float]:
    """[calls, STUDIES] outputs of independent studies, and their true mean and variance by enumeration."""
    generator = np.random.default_rng([len(weights), round(100 * p), calls])
    kept = generator.random((calls, STUDIES, len(weights))) > p
    masks = np.array(list(product((0, 1), repeat=len(weights))))
    chance = np.prod(np.where(masks == 1, 1 - p, p), axis=1)
    values = masks @ np.array(weights) / (1 - p)
    place = (kept * 2 ** np.arange(len(weights))[::-1]).sum(-1)  # one float for each mask, so equal masks are equal
    mean = chance @ values
    return values[place], mean, chance @ (values - mean) ** 2


# The least coverage asked for: 95 % less what is documented for few calls, less 1.7 % for chance (three deviations).
@pytest.mark.slow
@pytest.mark.parametrize(("calls", "least"), [(10, 0.93), (20, 0.89), (50, 0.92), (200, 0.925), (1000, 0.93)])
@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("terms", [1, 3, 6])
def test_coverage(terms: int, p: float, calls: int, least: float) -> None:
    samples, mean, variance = simulate(WEIGHTS[terms], p, calls)
    found = moments(samples)
    varied = found.variance > 0
    inside = (found.interval[:, 0] <= variance * (1 + 1e-9)) & (variance * (1 - 1e-9) <= found.interval[:, 1])
    assert inside[varied].mean() >= least
    around = (found.mean_interval[:, 0] <= mean + 1e-9) & (mean - 1e-9 <= found.mean_interval[:, 1])
    assert around[varied].mean() >= 0.90


def rare(share: float, calls: int) -> tuple[np.ndarray, float, float]:
    """Behind a ReLU that is open in this share of the calls: samples, true mean and variance."""
    generator = np.random.default_rng([round(1000 * share), calls])
    opened = generator.random((calls, STUDIES)) < share
    height = generator.random((calls, STUDIES)) ** 2  # mean 1 / 3, mean square 1 / 5
    return opened * height, share / 3, share / 5 - share**2 / 9


@pytest.mark.slow
@pytest.mark.parametrize("calls", [100, 1000])
@pytest.mark.parametrize("case", [*product((1, 3, 6), (0.1, 0.5, 0.9)), 0.02, 0.2])
def test_coverage_where_the_interval_is_said_to_hold(case: float | tuple[int, float], calls: int) -> None:
    """Over all numbers of calls at which a study draws its band: the number from which it does is the study's own."""
    if isinstance(case, tuple):
        samples, mean, variance = simulate(WEIGHTS[case[0]], case[1], calls)
    else:
        samples, mean, variance = rare(case, calls)
    needed = moments(samples).needed
    for count in (calls // 4, calls // 2, calls):
        found, holds = moments(samples[:count]), needed <= count
        if holds.mean() < 0.5:  # in few studies: those whose kurtosis came out low by chance
            continue
        inside = (found.interval[:, 0] <= variance * (1 + 1e-9)) & (variance * (1 - 1e-9) <= found.interval[:, 1])
        around = (found.mean_interval[:, 0] <= mean + 1e-9) & (mean - 1e-9 <= found.mean_interval[:, 1])
        assert inside[holds].mean() >= 0.91
        assert around[holds].mean() >= 0.91


def test_the_calls_needed_are_those_of_a_coin_a_bell_and_a_rare_value() -> None:
    generator = np.random.default_rng(0)
    coin, bell = generator.integers(0, 2, 20_000), generator.standard_normal(20_000)
    once_in_a_hundred = np.arange(20_000) % 100 == 0
    found = moments(np.stack([coin, bell, once_in_a_hundred, np.ones(20_000)], axis=1).astype(float))
    assert found.needed[:2] == pytest.approx([ENOUGH, 3 * ENOUGH], rel=0.05)
    assert 95 * ENOUGH < found.needed[2] < 105 * ENOUGH
    assert found.needed[3] == np.inf


def test_it_narrows_as_the_root_of_the_calls() -> None:
    few, many = (moments(simulate(WEIGHTS[6], 0.3, calls)[0]).interval for calls in (200, 3200))
    ratio = np.median(few[:, 1] - few[:, 0]) / np.median(many[:, 1] - many[:, 0])
    assert 3.4 < ratio < 4.6  # sixteen times the calls, a quarter of the width


def test_the_chi_square_interval_would_not_do() -> None:
    """The reason for all this: the textbook's interval is far too narrow at p = 0.9."""
    samples, _, variance = simulate(WEIGHTS[1], 0.9, 200)
    squares = 199 * moments(samples).variance
    inside = (squares / 239.96 <= variance) & (variance <= squares / 161.83)  # quantiles of chi-square, 199 degrees
    assert inside.mean() < 0.8


@pytest.mark.parametrize("value", [0.0, 0.1, -1e30, 3.0])
@pytest.mark.parametrize("calls", [2, 3, 10, 1001])
def test_constant_samples_have_exactly_no_variance(value: float, calls: int) -> None:
    found = moments(np.full((calls, 2), value, dtype=np.float32))
    assert (found.variance == 0).all()
    assert (found.interval == 0).all()
    assert (found.mean == np.float32(value)).all()
    assert (found.mean_interval == np.float32(value)).all()


@pytest.mark.parametrize("calls", [2, 3, 4, 5, 8, 9])
def test_very_few_calls_give_finite_intervals_around_the_estimate(calls: int) -> None:
    samples = np.random.default_rng(calls).normal(size=(calls, 50))
    found = moments(samples)
    assert np.isfinite(found.interval).all()
    assert (found.interval[:, 0] <= found.variance).all()
    assert (found.variance <= found.interval[:, 1]).all()


def test_estimates_are_numpys_in_every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(0).exponential(size=(500, 7)).astype(np.float32) + 1000
    whole = moments(samples)
    monkeypatch.setattr("explorer.measure.dropout.intervals.BLOCK", 1000)  # two units at a time
    parts = moments(samples)
    assert np.array_equal(whole.interval, parts.interval)
    assert np.allclose(parts.mean, samples.astype(float).mean(0))
    assert np.allclose(parts.variance, samples.astype(float).var(0, ddof=1), rtol=1e-7)


def test_student() -> None:
    for freedom, point in {1: 12.706, 9: 2.262, 10: 2.228, 30: 2.042, 1000: 1.962}.items():  # any printed table
        assert student(freedom) == pytest.approx(point, abs=6e-4)
