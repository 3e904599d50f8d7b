"""The guard: it finds and leaves the process's torch state as it was, and lets one run in at a time."""

import cProfile
import sys
import threading
import time

import pytest
import torch
from torch.nn.modules import module as module_source

from explorer.runtime import isolation
from explorer.runtime.isolation import (
    GLOBAL_HOOK_REGISTRIES,
    LOCK,
    current_grad_mode,
    exclusive,
    give_way,
    grad_mode,
    isolated,
)
from tests.helpers import bare, patience


def disturb():
    torch.manual_seed(99)
    torch.randn(5)
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    module_source.register_module_forward_hook(lambda *args: None)
    module_source.register_module_forward_pre_hook(lambda *args: None)
    module_source.register_module_full_backward_hook(lambda *args: None)
    sys.settrace(lambda *args: None)
    sys.setprofile(lambda *args: None)


def disturb_and_raise(error):
    with isolated(seed=1):
        disturb()
        raise error


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_everything_disturbed_inside_is_back(error):
    handle = module_source.register_module_forward_hook(print)
    try:
        before = bare.state()
        if error is None:
            with isolated(seed=1):
                disturb()
        else:
            with pytest.raises(error):
                disturb_and_raise(error)
        assert bare.differing(before, bare.state()) == []
    finally:
        handle.remove()


def test_the_registries_are_all_that_torch_has_for_forward_and_backward_hooks():
    named = {
        name
        for name, value in vars(module_source).items()
        if name.startswith("_global_") and isinstance(value, dict) and "registration" not in name
    }
    assert named == set(GLOBAL_HOOK_REGISTRIES)


def test_the_seed_decides_what_is_drawn_inside():
    torch.manual_seed(5)
    expected = torch.randn(3)
    for _ in range(2):
        with isolated(seed=5):
            assert torch.equal(torch.randn(3), expected)


def test_a_random_state_is_continued():
    torch.manual_seed(5)
    torch.randn(3)
    state = torch.get_rng_state()
    expected = torch.randn(3)
    with isolated(random_state=state):
        assert torch.equal(torch.randn(3), expected)


def test_one_thread_at_a_time_and_the_same_thread_again():
    entered, leave, order = threading.Event(), threading.Event(), []

    def first():
        with exclusive():
            entered.set()
            leave.wait(30)
            order.append("first")

    def second():
        entered.wait(30)
        leave.set()
        with exclusive(), isolated():
            order.append("second")

    threads = [threading.Thread(target=function) for function in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert order == ["first", "second"]


def test_a_profiler_written_in_c_goes_on():
    def after():
        return None

    profile = cProfile.Profile()
    profile.enable()
    try:
        with exclusive():
            sys.setprofile(None)
        after()
    finally:
        profile.disable()
    assert "after" in {entry.code.co_name for entry in profile.getstats() if not isinstance(entry.code, str)}
    assert sys.getprofile() is None


@pytest.mark.parametrize("mode", ["enabled", "no_grad", "inference_mode"])
def test_grad_modes_are_torchs_own(mode):
    with grad_mode(mode):
        assert current_grad_mode() == mode
        assert torch.is_grad_enabled() == (mode == "enabled")
        assert torch.is_inference_mode_enabled() == (mode == "inference_mode")
        x = torch.ones(1, requires_grad=True) * 2
        assert (x.grad_fn is not None) == (mode == "enabled")
    assert current_grad_mode() == "enabled"


@pytest.mark.parametrize("outer", ["no_grad", "inference_mode"])
def test_enabled_turns_gradients_on_inside_another_mode(outer):
    with grad_mode(outer):
        with grad_mode("enabled"):
            assert current_grad_mode() == "enabled"
            assert (torch.ones(1, requires_grad=True) * 2).grad_fn is not None
        with grad_mode("no_grad"):
            assert current_grad_mode() == "no_grad"
        assert current_grad_mode() == outer


def test_a_loop_gives_way_only_to_a_thread_that_waits(monkeypatch):
    pauses = []
    monkeypatch.setattr(isolation, "sleep", lambda seconds: (pauses.append(seconds), time.sleep(seconds)))
    with isolated(), isolated():
        assert LOCK.waiting == 0  # a thread that holds it does not wait for it
    give_way()
    assert pauses == []

    def run_once():
        with isolated():
            pass

    other = threading.Thread(target=run_once)
    with exclusive():
        other.start()
        until(lambda: LOCK.waiting == 1)
    turns = 0
    while other.is_alive() and turns < 10_000:
        give_way()
        with isolated():
            turns += 1
    other.join()
    assert LOCK.waiting == 0
    assert turns < 10_000
    assert pauses


def until(holds):
    """Look again and again, as long as it takes another thread."""
    end = time.monotonic() + patience.SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0)
