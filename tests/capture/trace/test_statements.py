"""Which statements a call ran, against lists made by hand on functions small enough to read."""

import functools
from functools import partial

from explorer import observe_call
from tests.helpers import steps

texts = partial(steps.texts, file=__file__)
changes = partial(steps.changes, file=__file__)


def several_lines(x):
    y = max(
        x,
        x + 1,
    )
    return [
        y,
        y,
    ]


def test_a_statement_over_several_lines_is_one_step():
    seen = observe_call(several_lines, 1)
    assert texts(seen) == ["y = max( x, x + 1, )", "return [ y, y, ]"]
    assert changes(seen, "y = max( x, x + 1, )") == [[("y", "new", "2")]]


def loops():
    total = 0
    for i in range(2):
        total += i
    while total < 3:
        total += 1
    while True:
        break
    return total


def test_loops_repeat_their_statements():
    assert texts(observe_call(loops)) == [
        "total = 0",
        "for i in range(2):",
        "total += i",
        "for i in range(2):",
        "total += i",
        "for i in range(2):",
        "while total < 3:",
        "total += 1",
        "while total < 3:",
        "total += 1",
        "while total < 3:",
        "while True:",
        "break",
        "return total",
    ]


# fmt: off
def spins(values):
    try:
        while True: next(values)  # noqa: E701
    except StopIteration:
        return
# fmt: on


def test_a_loop_on_one_line_repeats_it():
    assert texts(observe_call(spins, iter([1, 2]))) == [
        "try:",
        *["while True: next(values)"] * 3,
        "except StopIteration:",
        "return",
    ]


# fmt: off
def folded(values):
    squares = [
        value * value
        for value in values
    ]
    found = any(square > 5 for square in squares)
    table = {value: 1 for value in values}  # noqa: C420
    return squares, found, table
# fmt: on


def test_comprehensions_belong_to_their_statement():
    seen = observe_call(folded, [1, 2, 3])
    assert texts(seen) == [
        "squares = [ value * value for value in values ]",
        "found = any(square > 5 for square in squares)",
        "table = {value: 1 for value in values}",
        "return squares, found, table",
    ]
    assert {frame.function for frame in seen.trace.frames} == {"folded"}
    assert changes(seen, "found = any(square > 5 for square in squares)") == [[("found", "new", "True")]]


def generator(count):
    for i in range(count):
        yield i


def drains():
    taken = list(generator(2))
    return taken


def test_each_resumption_of_a_generator_is_a_frame():
    seen = observe_call(drains)
    frames = [frame for frame in seen.trace.frames if frame.function == "generator"]
    assert len(frames) == 3
    returned = [step.value.text for step in seen.trace.steps if step.kind == "return"]
    assert returned == ["0", "1", "None", "[0, 1]"]


def factorial(n):
    if n < 2:
        return 1
    return n * factorial(n - 1)


def test_recursion():
    seen = observe_call(factorial, 3)
    assert [(frame.depth, frame.caller) for frame in seen.trace.frames] == [(0, None), (1, 0), (2, 1)]
    assert [step.value.text for step in seen.trace.steps if step.kind == "return"] == ["1", "2", "6"]


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@decorated
def add_one(x):
    return x + 1


def test_a_decorated_function_and_its_wrapper_are_two_frames():
    seen = observe_call(add_one, 1)
    assert [frame.function for frame in seen.trace.frames] == ["decorated.<locals>.wrapper", "add_one"]
    first = seen.trace.frames[1]
    assert open(__file__).read().splitlines()[first.first_line - 1] == "@decorated"  # noqa: SIM115
    assert seen.value == 2


def nested():
    seen = []

    def note(x):
        seen.append(x)

    note(1)
    counter = 0

    def count():
        nonlocal counter
        counter += 1

    count()
    (other := counter)
    del other
    a, *b = 1, 2, 3
    b[0], c = 5, b
    return counter


def test_changes_made_by_nested_functions_and_by_every_kind_of_binding():
    seen = observe_call(nested)
    assert changes(seen, "note(1)") == [[("seen", "modified in place", "[1]")]]
    assert changes(seen, "count()") == [[("counter", "rebound", "1")]]
    assert changes(seen, "counter += 1") == [[("counter", "rebound", "1")]]
    assert changes(seen, "(other := counter)") == [[("other", "new", "1")]]
    assert changes(seen, "def note(x):")[0][0][:2] == ("note", "new")
    assert changes(seen, "a, *b = 1, 2, 3") == [[("a", "new", "1"), ("b", "new", "[2, 3]")]]
    assert [name for name, _, _ in changes(seen, "b[0], c = 5, b")[0]] == ["c", "b"]


def rebinds_from_inside():
    shared = 0

    def one():
        nonlocal shared
        shared += 1

    def through_another():
        one()
        return shared

    def pausing():
        nonlocal shared
        yield
        shared += 1
        yield

    through_another()
    paused = pausing()
    next(paused)
    next(paused)
    last = [shared := number for number in (5, 7)]
    through_another()
    return shared


def test_a_shared_name_is_rebound_by_whatever_runs_inside_a_statement():
    seen = observe_call(rebinds_from_inside)
    assert changes(seen, "through_another()") == [[("shared", "rebound", "1")], [("shared", "rebound", "8")]]
    assert changes(seen, "one()") == [[("shared", "rebound", "1")], [("shared", "rebound", "8")]]
    assert changes(seen, "next(paused)") == [[], [("shared", "rebound", "2")]]
    assert changes(seen, "last = [shared := number for number in (5, 7)]") == [
        [("last", "new", "[5, 7]"), ("shared", "rebound", "7")]
    ]
    assert seen.value == 8


def binds_with_statements(path):
    import math as number

    with open(path) as file:
        size = len(file.read(1))
    for one, (two, three) in [(1, (2, 3))]:
        pass
    match size:
        case int(matched):
            size = matched
    try:
        raise ValueError("x")
    except ValueError as error:
        kept = error
    return number


def test_names_bound_by_with_for_match_import_and_except():
    seen = observe_call(binds_with_statements, __file__)
    names = [change.name for step in seen.trace.steps for change in step.changes if step.kind == "statement"]
    assert [name for name in names if name != "error"] == [
        "number", "file", "size", "one", "two", "three", "matched", "kept",
    ]  # fmt: skip
    assert "error" in names
