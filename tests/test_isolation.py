"""Eight threads at once: each observation is what it is alone, and the caller's state is left alone."""

import random
import threading

import torch

from explorer import Experiment, observe
from explorer.catalog import ENTRIES
from explorer.experiment import Hook
from tests import bare

THREADS, RUNS = 8, 60


def experiments():
    """60 different ones, no entry left out."""
    found = []
    keys = list(ENTRIES)
    for number in range(RUNS):
        key = keys[number % len(keys)]
        found.append(
            Experiment(
                model=key,
                training=number % 3 != 0,
                grad=("enabled", "no_grad", "inference_mode")[number // len(keys) % 3],
                call="forward" if number % 7 == 0 else "call",
                hooks=(Hook("", "double"),) if number % 2 and ENTRIES[key].kind == "module" else (),
                seed=number,
            )
        )
    return found


def test_observations_of_eight_threads_are_what_they_are_alone():
    wanted = experiments()
    assert len(set(wanted)) == RUNS
    torch.manual_seed(11)
    before = bare.state()
    alone = {experiment: observe(experiment) for experiment in wanted}
    got, failures = [], []
    start = threading.Barrier(THREADS)

    def work(number):
        order = random.Random(number).sample(wanted, RUNS)
        start.wait()
        try:
            for experiment in order:
                seen = observe(experiment)
                got.append((experiment, seen == alone[experiment]))
        except BaseException as raised:
            failures.append(raised)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(got) == THREADS * RUNS
    assert {experiment for experiment, equal in got if not equal} == set()
    assert bare.differing(before, bare.state()) == []


def test_different_seeds_do_differ():
    """Otherwise the equality above would say little."""
    one, other = (observe(Experiment(model="dropout", seed=seed)) for seed in (0, 1))
    assert one.output != other.output
