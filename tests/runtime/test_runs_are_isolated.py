"""Eight threads at once: each observation is what it is alone, and the caller's state is left alone."""

import random
import threading
from typing import get_args

import pytest
import torch

from explorer import Experiment, observe, study_dropout
from explorer.catalog import ENTRIES
from explorer.catalog.hooks import hook_number
from explorer.catalog.hooks.hook import HookAction, HookKind
from explorer.experiment import Hook
from tests.helpers import bare

THREADS, RUNS = 8, 60


def hooks_of(number):
    """Every kind, every action, global ones and not."""
    kind, action = get_args(HookKind)[number % 5], get_args(HookAction)[number // 5 % 5]
    return (Hook("", action, kind, is_global=number % 3 == 0), Hook("", "double", is_global=number % 4 == 1))


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
                hooks=hooks_of(number) if number % 2 and ENTRIES[key].kind == "module" else (),
                seed=number,
            )
        )
    return found


@pytest.mark.filterwarnings("ignore:For backward hooks", "ignore:Using a non-full")
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


def test_a_global_hook_of_one_thread_is_never_seen_by_a_call_of_another():
    """Half of the threads register global hooks of every kind; the others must find the path without hooks."""
    hooks = tuple(Hook("", "double", kind, is_global=True) for kind in get_args(HookKind) if kind != "backward")
    plain, hooked = Experiment(model="feedforward"), Experiment(model="feedforward", hooks=hooks)
    alone, study = observe(plain), study_dropout(Experiment(model="dropout"), calls=20)
    doubled = observe(hooked)
    assert doubled.output != alone.output
    before = bare.state()
    start, strange, failures = threading.Barrier(THREADS), [], []

    def work(number):
        start.wait()
        try:
            for _ in range(30):
                if number % 2:
                    if observe(hooked) != doubled:
                        strange.append("a run with global hooks")
                    continue
                seen = observe(plain)
                if seen != alone or any(hook_number(frame.function) for frame in seen.trace.frames):
                    strange.append("a run without hooks")
                if (
                    number == 0
                    and (study_dropout(Experiment(model="dropout"), calls=20).samples != study.samples).any()
                ):
                    strange.append("a study")
        except BaseException as raised:
            failures.append(raised)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert strange == []
    assert bare.differing(before, bare.state()) == []


def test_different_seeds_do_differ():
    """Otherwise the equality above would say little."""
    one, other = (observe(Experiment(model="dropout", seed=seed)) for seed in (0, 1))
    assert one.output != other.output
