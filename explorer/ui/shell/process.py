"""Configure the server's process once, before the first run, and each run's thread: threads, garbage collector, memory.

The core leaves these alone: in a notebook they are its owner's.
"""

from __future__ import annotations

import ctypes
import gc

import streamlit as st
import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # from <malloc.h>
LARGE = 1 << 20  # bytes


def configure_process() -> None:
    """Set one thread within each of torch's operations, and a garbage collector that leaves the imports alone.

    The readers' runs share the cores. Several threads on a tensor of a few thousand elements wait for each other
    longer than they compute: on two busy cores 1,200 calls of `transformer` took 48 s with torch's default and 0.9 s
    with one. One thread also sums in one order, so equal links give equal digits whatever the machine.

    """
    configure_thread()
    gc.collect()
    # A run makes some ten thousand objects and keeps them: looking for cycles among them every 700 finds none.
    gc.set_threshold(20_000, 20, 20)
    gc.freeze()  # a full collection need not look again at what importing torch and streamlit made
    give_memory_back()


def give_memory_back() -> None:
    """Let glibc's malloc return freed memory to the system; elsewhere this does nothing.

    By default each of Streamlit's many threads gets an arena of its own and keeps large blocks for later: walking
    over eight seeds of `resnet18` and the other pages left 800 MB with the process, and 550 MB with these settings
    (`man 3 mallopt`).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    for parameter, value in ((M_ARENA_MAX, 2), (M_MMAP_THRESHOLD, LARGE), (M_TRIM_THRESHOLD, LARGE)):
        mallopt(parameter, value)


def configure_thread() -> None:
    """Let torch, and the libraries that it calls, compute in one thread when this one asks.

    OpenMP keeps the number for each thread. Torch's own setting reaches a new thread when one of torch's parallel
    loops begins there; oneDNN, which runs an LSTM, asks OpenMP itself and gets as many threads as there are cores. On
    two busy cores 300 calls of `recurrent` in each combination took 37 s that way, and 1.5 s once each thread is told.
    """
    torch.set_num_threads(1)


def configure() -> None:
    """Configure this thread; and the process, the first time that the script runs in it.

    Each run of Streamlit's script may be a thread of its own, so call it at the beginning of every run.
    """
    _configure_process_once()
    configure_thread()


@st.cache_resource(show_spinner=False)
def _configure_process_once() -> None:
    configure_process()
