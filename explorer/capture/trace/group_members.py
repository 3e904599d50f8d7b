"""Which exceptions are in an exception group, read without running code of the caller's."""

from __future__ import annotations

from explorer.runtime.plain_reads import is_a

MOST = 1000  # of a group with more, it is not said how many there are
members_of = BaseExceptionGroup.__dict__["exceptions"].__get__


def leaves_of(exception: BaseException) -> tuple[BaseException, ...]:
    """Return the exceptions in a group, and in the groups within it; () where it is no group, or a very large one."""
    found: list[BaseException] = []
    waiting = [exception] if is_a(exception, BaseExceptionGroup) else []
    while waiting and len(found) <= MOST:
        each = waiting.pop()
        if is_a(each, BaseExceptionGroup):
            waiting += members_of(each)
        else:
            found.append(each)
    return () if waiting else tuple(found)


def is_part(exception: BaseException, whole: BaseException) -> bool:
    """Return whether a group has nothing but exceptions of another one, which are the very objects."""
    inside = {id(each) for each in leaves_of(whole)}
    leaves = leaves_of(exception)
    return bool(leaves) and all(id(each) in inside for each in leaves)
