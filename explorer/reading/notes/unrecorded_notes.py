"""Say what ran and is not in the record, and how much of it there was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.record import Observation, Unrecorded
from explorer.wording import count, listed, times

NAMES_LISTED = 3


def unrecorded(observation: Observation) -> Iterator[str]:
    """Yield a note for each gap, and one for all threads, pools, processes and functions without a text."""
    found = observation.unrecorded
    for gap in found:
        if gap.kind == "gap":
            yield _gap(gap)
        elif gap.kind == "set aside":
            yield (
                f"The trace function `{gap.name}` was in place before the call: meanwhile it was told nothing, and now "
                "it is back."
            )
    yield from _threads([each for each in found if each.kind == "thread" and each.lines != 0])
    yield from _handed_over([each for each in found if each.kind == "handed over"])
    yield from _processes([each for each in found if each.kind == "process"])
    for each in found:
        if each.kind == "may start":
            named = listed([f"`{name}`" for name in each.functions], NAMES_LISTED)
            yield f"`{each.name}` ran and names {named}: what that starts or sets runs without being recorded."
    yield from _without_source([each for each in found if each.kind == "no source"], observation)


def _gap(gap: Unrecorded) -> str:
    where = f" in `{gap.name}`," if gap.name else ""
    end = "until the call ended" if gap.until is None else f"until step {gap.until}"
    what = "no function that begins is recorded" if gap.others_go_on else "nothing is recorded"
    ran = count(gap.operations or 0, "operation")
    meanwhile = "; no operation ran meanwhile" if gap.operations == 0 else f"; {ran} ran meanwhile, which the graph has"
    if gap.operations is None:
        meanwhile = ""
    return f"After step {gap.step},{where} {what} {end}: {gap.cause}{meanwhile}."


def _threads(threads: Sequence[Unrecorded]) -> Iterator[str]:
    if not threads:
        return
    names = listed([f"`{each.name}`" for each in threads], NAMES_LISTED)
    functions = list(dict.fromkeys(f"`{name}`" for each in threads for name in each.functions))
    known = [each.lines for each in threads if each.lines is not None]
    extent = "how much ran there was not counted"
    if len(known) == len(threads):
        inside = f", in {listed(functions, NAMES_LISTED)}" if functions else ""
        extent = f"{count(sum(known), 'line')} of the caller's code ran there{inside}"
    going_on = sum(each.still_ran for each in threads)
    still = f" When the call ended, {going_on} of {len(threads)} still ran." if going_on else ""
    yield (
        f"The call started {count(len(threads), 'thread')} ({names}): {extent}. Their statements and operations are "
        f"not in the record, so a tensor that comes from there has no edge.{still}"
    )


def _handed_over(work: Sequence[Unrecorded]) -> Iterator[str]:
    if work:
        given = listed([f"`{each.name}` {times(each.times)}" for each in work], NAMES_LISTED)
        yield (
            f"The call gave {given} to a pool of threads that was there before: what runs there is not in the record."
        )


def _processes(processes: Sequence[Unrecorded]) -> Iterator[str]:
    if processes:
        names = listed(dict.fromkeys(f"`{each.name}`" for each in processes), NAMES_LISTED)
        yield (
            f"The call started {count(len(processes), 'process', 'processes')} ({names}): what runs there is not in "
            "the record."
        )


def _without_source(functions: Sequence[Unrecorded], observation: Observation) -> Iterator[str]:
    stepped = {frame.function for frame in observation.trace.frames}
    for shown in (True, False):
        some = [each for each in functions if (each.name in stepped) is shown]
        if not some:
            continue
        names = listed([f"`{each.name}`" for each in some], NAMES_LISTED)
        lines = count(sum(each.lines or 0 for each in some), "line")
        are, their = ("has", "its") if len(some) == 1 else ("have", "their")
        files = listed(dict.fromkeys(f"`{each.file}`" for each in some), NAMES_LISTED)
        what = f"{their} steps show no code" if shown else f"{their} {lines} are not among the steps"
        yield f"{names} {are} no source that can be read (made from {files}): {what}."
