"""A function that names what starts a thread or a process unseen is told of."""

from __future__ import annotations

import _thread
import os
import os as operating_system
import sys
from os import system

import pytest
import torch

from explorer import observe_call

X = torch.ones(1, 2)


def starts_thread(x):
    done = _thread.allocate_lock()
    done.acquire()
    _thread.start_new_thread(done.release, ())
    done.acquire()
    return x + 1


def forks(x):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return x + 1


def spawns(x):
    os.waitpid(operating_system.posix_spawn("/bin/true", ["true"], {}), 0)
    return x + 1


def runs(x):
    system("true")
    return x + 1


def imports_and_runs(x):
    import os as inside

    inside.system("true")
    return x + 1


def imports_one_and_runs(x):
    from os import system as run

    run("true")
    return x + 1


def profiles(x):
    sys.setprofile(lambda *event: None)
    sys.setprofile(None)
    return x + 1


class Machine:
    """Has methods of the same names."""

    def system(self):
        return 1

    fork = setprofile = start_new_thread = system


MACHINE = Machine()


def names_others(x):
    assert (os, "fork") != (sys, "setprofile")
    return x + MACHINE.system() + MACHINE.fork() + MACHINE.setprofile() + MACHINE.start_new_thread()


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (starts_thread, "_thread.start_new_thread"),
        (forks, "os.fork"),
        (spawns, "os.posix_spawn"),
        (runs, "os.system"),
        (imports_and_runs, "os.system"),
        (imports_one_and_runs, "os.system"),
        (profiles, "sys.setprofile"),
    ],
)
def test_it_is_named(function, name):
    def calls(x):
        return function(x) * 2

    seen = observe_call(calls, X)
    assert seen.error is None
    (found,) = seen.unrecorded
    assert (found.kind, found.name, found.functions) == ("may start", function.__name__, (name,))
    assert seen.trace.frames[seen.trace.steps[found.step].frame].function == function.__name__
    assert seen.notes[0] == (
        f"`{function.__name__}` ran and names `{name}`: what that starts or sets runs without being recorded."
    )


def test_other_things_of_these_names_are_not():
    assert observe_call(names_others, X).unrecorded == ()


def test_a_function_that_does_not_run_is_not():
    def calls(x):
        return x if x is X else forks(x)

    assert observe_call(calls, X).unrecorded == ()
