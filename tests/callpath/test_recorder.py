"""What the recorder says ran, against counts made by hand on functions small enough to read."""

import functools
import sys

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from explorer import Experiment, observe, observe_call
from explorer.callpath.narration import narrate
from explorer.callpath.source import statement_text
from explorer.experiment import Hook

X = torch.ones(1, 2)


def texts(seen, file=__file__, kinds=("statement",)):
    """The statements that ran in a file, in order, without their comments."""
    return [
        statement_text(frame.file, (step.line, step.end_line)).partition("  #")[0]
        for step in seen.trace.steps
        if step.frame is not None and step.kind in kinds and (frame := seen.trace.frames[step.frame]).file == file
    ]


def changes(seen, text, file=__file__):
    """(name, kind, value) of what each execution of a statement changed."""
    return [
        [(change.name, change.kind, change.value.text) for change in step.changes]
        for step in seen.trace.steps
        if step.frame is not None
        and step.kind == "statement"
        and seen.trace.frames[step.frame].file == file
        and statement_text(file, (step.line, step.end_line)).partition("  #")[0] == text
    ]


def kinds(seen):
    return [(step.kind, seen.trace.frames[step.frame].function.rpartition(".")[2]) for step in seen.trace.steps[1:]]


# ---- statements


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
    assert [name for name, _, _ in changes(seen, "b[0], c = 5, b")[0]] == ["c"]


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


# ---- exceptions


def finally_only():
    try:
        int("x")
    finally:
        done = 1


def with_only():
    with torch.no_grad():
        int("x")


def other_type():
    try:
        int("x")
    except TypeError:
        pass


def raised_again():
    try:
        int("x")
    except ValueError:
        raise


@pytest.mark.parametrize("function", [finally_only, with_only, other_type, raised_again])
def test_an_exception_that_passes_on_is_no_return(function):
    seen = observe_call(function)
    assert [kind for kind, _ in kinds(seen)].count("exception") == 1
    assert "return" not in [kind for kind, _ in kinds(seen)]
    assert (seen.error.type, seen.error.function) == ("ValueError", function.__name__)
    step = seen.trace.steps[seen.error.step]
    assert statement_text(__file__, (step.line, step.end_line)) == 'int("x")'
    assert seen.error.line == step.line


def caught():
    try:
        int("x")
    except ValueError:
        answer = "caught"
    return answer


def test_a_caught_exception_is_a_step_and_the_function_returns():
    seen = observe_call(caught)
    assert texts(seen) == ["try:", 'int("x")', "except ValueError:", 'answer = "caught"', "return answer"]
    assert [kind for kind, _ in kinds(seen)] == [
        "call", "statement", "statement", "exception", "statement", "statement", "statement", "return",
    ]  # fmt: skip
    assert seen.error is None
    assert seen.value == "caught"


class Countdown:
    def __init__(self):
        self.left = 2

    def __iter__(self):
        return self

    def __next__(self):
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        return self.left


def walks():
    for _ in Countdown():
        pass


def test_the_end_of_an_iterator_is_no_error_and_the_function_returns():
    seen = observe_call(walks)
    assert kinds(seen)[-1] == ("return", "walks")
    assert seen.error is None


def silent():
    return None


def test_none_is_returned_like_any_value():
    seen = observe_call(silent)
    assert kinds(seen) == [("call", "silent"), ("statement", "silent"), ("return", "silent")]
    assert seen.trace.steps[-1].value.text == "None"


class Fails(nn.Module):
    def forward(self, x):
        raise LookupError("first")


def hook_that_raises(module, args, output):
    raise ValueError("second")


@pytest.mark.filterwarnings("ignore:.*always_call.*")
def test_the_error_is_placed_where_it_was_raised_although_a_hook_raised_later():
    model = Fails()
    model.register_forward_hook(hook_that_raises, always_call=True)
    seen = observe_call(model, X)
    assert (seen.error.type, seen.error.function) == ("LookupError", "Fails.forward")
    phases = [step.phase for step in seen.trace.steps]
    assert "exception" in phases
    assert "return" not in phases


def test_an_exception_in_a_hook():
    model = nn.Linear(2, 2)
    model.register_forward_hook(hook_that_raises)
    seen = observe_call(model, X)
    assert (seen.error.type, seen.error.message, seen.error.function) == ("ValueError", "second", "hook_that_raises")
    assert seen.output is None
    with pytest.raises(ValueError, match="second"):
        observe_call(model, X, reraise=True)


# ---- values that change


class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        y = x * 1
        y += 1
        with torch.no_grad():
            y[0] = 5
        self.calls += 1
        self.calls = self.calls + 1
        z = y
        return z


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_tensors_and_buffers_that_change(mode):
    with mode():
        seen = observe_call(Counts(), X)
    assert changes(seen, "y = x * 1") == [[("y", "new", "float32 [1, 2]")]]
    assert changes(seen, "y += 1") == [[("y", "modified in place", "float32 [1, 2]")]]
    assert changes(seen, "y[0] = 5") == [[("y", "modified in place", "float32 [1, 2]")]]
    assert ("self.calls", "modified in place", "float32 []") in changes(seen, "self.calls += 1")[0]
    assert [(name, kind) for name, kind, _ in changes(seen, "self.calls = self.calls + 1")[0]] == [
        ("self.calls", "rebound")
    ]
    assert changes(seen, "z = y") == [[("z", "new", "float32 [1, 2]")]]
    entering, leaving = changes(seen, "with torch.no_grad():")
    if mode is torch.enable_grad:
        assert (entering, leaving) == ([("grad mode", "grad mode", "'off'")], [("grad mode", "grad mode", "'enabled'")])
    else:
        assert (entering, leaving) == ([], [])
    assert [(moved.name, moved.after.tensor.preview) for moved in seen.moved] == [("calls", (2.0,))]


def entries(seen):
    """What each frame's call step told of the grad mode, by the frame's function."""
    return [
        (seen.trace.frames[step.frame].function, change.value.text)
        for step in seen.trace.steps
        if step.kind == "call"
        for change in step.changes
        if change.kind == "grad mode"
    ]


class Doubles(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * 2
        return y


class Applies(nn.Module):
    def forward(self, x):
        y = Doubles.apply(x)
        return y


def test_a_grad_mode_switched_before_a_frame_began_is_told_at_its_call():
    """`apply` is C++, and runs `forward` with grad mode off."""
    seen = observe_call(Applies(), X)
    assert entries(seen) == [("Doubles.forward", "'off'")]
    assert changes(seen, "y = x * 2") == [[("y", "new", "float32 [1, 2]")]]
    assert changes(seen, "y = Doubles.apply(x)") == [[("y", "new", "float32 [1, 2]")]]  # it is back as it was


def switched_off(x):
    torch.set_grad_enabled(False)
    return truth(x)


def truth(x):
    return bool(x.sum())


def leaves_it_off(x):
    switched_off(x)
    torch.set_grad_enabled(True)
    return x


def test_a_grad_mode_that_a_callee_left_behind_is_told_once_and_its_end_too():
    seen = observe_call(leaves_it_off, X)
    assert entries(seen) == []
    assert changes(seen, "torch.set_grad_enabled(False)") == [[("grad mode", "grad mode", "'off'")]]
    assert changes(seen, "switched_off(x)") == [[]]
    assert changes(seen, "torch.set_grad_enabled(True)") == [[("grad mode", "grad mode", "'enabled'")]]


class GoesBack(nn.Module):
    def __init__(self):
        super().__init__()
        self.child = nn.ReLU()

    def forward(self, x):
        y = x.clone().requires_grad_() * 2
        y.register_hook(self.child)
        y.sum().backward()
        return y


def test_a_grad_mode_is_told_where_it_was_found_and_not_of_the_frame_that_was_given_the_same():
    """autograd calls the module: `_wrapped_call_impl` begins with grad mode off, and passes all on to `_call_impl`."""
    seen = observe_call(GoesBack(), X)
    assert entries(seen) == [("Module._wrapped_call_impl", "'off'")]
    assert [text for text in narrate(seen) if "Grad mode is off when it begins." in text] == [
        "Calling the submodule `child` (ReLU) is a call like the outermost one: `__call__` is `_wrapped_call_impl`. "
        "Grad mode is off when it begins."
    ]


@pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning")
@pytest.mark.parametrize("kind", ["full_backward", "backward"])
def test_autograds_own_switch_is_not_credited_to_a_statement(kind):
    seen = observe(Experiment(model="simple", hooks=(Hook(kind=kind),), backward=True))
    told = [step.kind for step in seen.trace.steps for change in step.changes if change.kind == "grad mode"]
    assert told
    assert set(told) == {"call"}
    assert "grad mode" not in " ".join(narrate(seen)[step.index] for step in seen.trace.steps if step.kind != "call")
    assert sum("Grad mode is off when it begins." in text for text in narrate(seen)) == len(told)


def test_batch_norm_moves_its_statistics_in_the_statement_that_does_it():
    seen = observe_call(nn.BatchNorm1d(2), torch.tensor([[0.0, 1.0], [2.0, 5.0]]))
    moved = {
        change.name: seen.trace.frames[step.frame].function
        for step in seen.trace.steps
        for change in step.changes
        if change.kind == "modified in place" and change.name.startswith("self.")
    }
    assert moved == dict.fromkeys(
        ["self.num_batches_tracked", "self.running_mean", "self.running_var"], "_BatchNorm.forward"
    )
    assert {m.name: m.after.tensor.preview for m in seen.moved}["running_mean"] == pytest.approx((0.1, 0.3))


# ---- modules


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.again = self.first
        self.functional = nn.Linear(2, 2)
        self.list = nn.ModuleList([nn.ReLU()])

    def forward(self, x):
        x = self.again(self.first(x))
        x = F.linear(x, self.functional.weight)
        return self.list[0](x)


def test_module_calls_know_their_path_and_number():
    seen = observe_call(Twice(), X)
    calls = [(call.module, call.module_class, call.number, call.parent, call.children) for call in seen.graph.calls]
    assert calls == [
        ("", "Twice", 1, None, True),
        ("first", "Linear", 1, 0, False),
        ("first", "Linear", 2, 0, False),
        ("list.0", "ReLU", 1, 0, False),
    ]
    for call in seen.graph.calls:
        first, last = (seen.trace.steps[place] for place in call.steps)
        assert first.kind == "call"
        assert last.kind == "return"
        assert first.frame == last.frame
    frames = [(f.module, f.module_call) for f in seen.trace.frames if f.function == "Linear.forward"]
    assert frames == [("first", 1), ("first", 2)]


class OwnCall(nn.Module):
    def __call__(self, x):
        return x + 1


def test_a_model_whose_class_defines_call_itself():
    seen = observe_call(OwnCall(), X)
    assert seen.lookup.provider.endswith("OwnCall")
    assert texts(seen) == ["return x + 1"]
    assert bool((seen.value == 2).all())


def test_a_forward_patched_onto_the_instance_runs():
    model = nn.Linear(2, 2)
    model.forward = lambda x: x * 3
    seen = observe_call(model, X)
    assert [frame.role for frame in seen.trace.frames] == ["call path", "call path", "forward"]
    assert bool((seen.value == 3).all())


# ---- the phases of a call, by the text of its statements


FAST = [
    ("compiled?", "if self._compiled_call_impl is not None:"),
    ("compiled?", "return self._call_impl(*args, **kwargs)"),
    ("tracing?", "forward_call = (self._slow_forward if torch._C._get_tracing_state() else self.forward)"),
    ("any hook?", "if not (self._backward_hooks or"),
    ("forward", "return forward_call(*args, **kwargs)"),
    ("forward", "return F.linear(input, self.weight, self.bias)"),
]
SLOW = [
    *FAST[:4],
    ("any hook?", "result = None"),
    ("any hook?", "called_always_called_hooks = set()"),
    ("any hook?", "def inner():"),
    ("any hook?", "if torch.compiler.is_compiling():"),
    ("any hook?", "try:"),
    ("any hook?", "return inner()"),
    ("backward set-up", "full_backward_hooks, non_full_backward_hooks = [], []"),
    ("backward set-up", "backward_pre_hooks = []"),
    ("backward set-up", "if self._backward_pre_hooks or _global_backward_pre_hooks:"),
    ("backward set-up", "if self._backward_hooks or _global_backward_hooks:"),
    ("pre-hooks", "if _global_forward_pre_hooks or self._forward_pre_hooks:"),
    ("backward set-up", "bw_hook = None"),
    ("backward set-up", "if full_backward_hooks or backward_pre_hooks:"),
    ("forward", "result = forward_call(*args, **kwargs)"),
    FAST[5],
    ("hooks", "if _global_forward_hooks or self._forward_hooks:"),
    ("hooks", "for hook_id, hook in ( *_global_forward_hooks.items(), *self._forward_hooks.items(), ):"),
    ("hooks", "if hook_id in self._forward_hooks_always_called or hook_id in _global_forward_hooks_always_called:"),
    ("hooks", "if hook_id in self._forward_hooks_with_kwargs or hook_id in _global_forward_hooks_with_kwargs:"),
    ("hooks", "hook_result = hook(self, args, result)"),
    ("hooks", "return output * 2"),
    ("hooks", "if hook_result is not None:"),
    ("hooks", "result = hook_result"),
    ("hooks", "for hook_id, hook in ( *_global_forward_hooks.items(), *self._forward_hooks.items(), ):"),
    ("backward wiring", "if bw_hook:"),
    ("backward wiring", "if non_full_backward_hooks:"),
    ("return", "return result"),
]


def doubles(module, args, output):
    return output * 2


def in_phases(seen):
    found = []
    for step in seen.trace.steps:
        if step.kind == "statement":
            text = statement_text(seen.trace.frames[step.frame].file, (step.line, step.end_line))
            found.append((step.phase, text.partition("  #")[0]))
    return found


@pytest.mark.parametrize(("hooked", "expected"), [(False, FAST), (True, SLOW)], ids=["no hook", "a hook"])
def test_the_statements_of_a_call_and_their_phases(hooked, expected):
    model = nn.Linear(2, 2)
    if hooked:
        model.register_forward_hook(doubles)
    got = in_phases(observe_call(model, X))
    assert [phase for phase, _ in got] == [phase for phase, _ in expected]
    assert all(text.startswith(start) for (_, text), (_, start) in zip(got, expected, strict=True))


def test_pre_hooks_and_backward_hooks_have_their_phases():
    model = nn.Linear(2, 2)
    model.register_forward_pre_hook(lambda module, args: None)
    model.register_full_backward_hook(lambda module, given, wanted: None)
    seen = observe_call(model, X.clone().requires_grad_())
    order = list(dict.fromkeys(step.phase for step in seen.trace.steps))
    assert order == [
        "lookup", "compiled?", "tracing?", "any hook?", "backward set-up", "pre-hooks", "forward", "hooks",
        "backward wiring", "return",
    ]  # fmt: skip
    assert [frame.role for frame in seen.trace.frames].count("hook") == 1


def test_levels():
    seen = observe_call(nn.Sequential(nn.Dropout()), X)
    roles = {(seen.trace.frames[step.frame].role, step.level) for step in seen.trace.steps if step.frame is not None}
    assert roles <= {("call path", 1), ("call path", 2), ("forward", 2), ("functional", 3), ("other", 3)}
    assert {role for role, _ in roles} == {"call path", "forward", "functional", "other"}
    for call in seen.graph.calls:
        own = [s for s in seen.trace.steps if s.frame is not None and s.level == 1 and s.kind != "lookup"]
        mine = [
            s.phase for s in own
            if (f := seen.trace.frames[s.frame]).module == call.module and f.module_call == call.number
        ]  # fmt: skip
        end = ["return"] if call.parent is None else []  # of `_wrapped_call_impl`: the end of it all
        assert mine == ["lookup", "compiled?", "tracing?", "any hook?", "forward", "return", *end]


def test_forward_called_directly_has_no_call_path_of_the_outermost_module():
    seen = observe(Experiment(model="example", call="forward", hooks=(Hook("", "double"),)))
    assert [frame.function for frame in seen.trace.frames if frame.module == ""] == ["ExampleModel.forward"]
    assert [frame.role for frame in seen.trace.frames if frame.module == "linear"] == [
        "call path", "call path", "forward",
    ]  # fmt: skip
    assert seen.lookup.attribute == "forward"


# ---- anything that can be called, and what cannot


class Callable:
    def __call__(self, x):
        return x * 2


def double(x, times=2):
    return x * times


@pytest.mark.parametrize(
    ("target", "args", "value"),
    [
        (double, (4,), 8),
        (lambda x: x + 1, (4,), 5),
        (Callable(), (4,), 8),
        (functools.partial(double, times=3), (4,), 12),
        (len, ([1, 2],), 2),
        (Callable().__call__, (4,), 8),
        (complex, (1, 2), 1 + 2j),
        (functools.partial, (double,), None),
    ],
)
def test_any_callable(target, args, value):
    seen = observe_call(target, *args)
    assert seen.error is None
    assert value is None or seen.value == value
    assert seen.lookup.provider is not None
    assert seen.training is None
    seen.to_json()


def test_keywords_reach_the_call():
    seen = observe_call(double, 2, times=5)
    assert seen.value == 10
    assert [(name, summary.text) for name, summary in seen.inputs] == [("0", "2"), ("times", "5")]


@pytest.mark.parametrize("target", [5, None, "text", {}, torch.ones(2), sys])
def test_what_cannot_be_called(target):
    seen = observe_call(target, 1)
    assert seen.error.type == "TypeError"
    assert seen.error.message == f"'{type(target).__name__}' object is not callable"
    assert seen.error.step is None
    assert seen.lookup.provider is None
    assert [step.kind for step in seen.trace.steps] == ["lookup"]
    assert seen.trace.frames == ()
    with pytest.raises(TypeError, match="is not callable"):
        observe_call(target, 1, reraise=True)


def test_the_value_is_the_returned_object_itself():
    marker = object()
    assert observe_call(lambda: marker).value is marker
    model = nn.Dropout().eval()
    assert observe_call(model, X).value is X


# ---- the caller's own modes and transforms


class Functions(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.seen.append(func)
        return func(*args, **(kwargs or {}))


class Dispatched(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.append(func)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("mode", [Functions, Dispatched])
@pytest.mark.parametrize("key", ["cnn", "batchnorm", "dropout", "transformer"])
def test_a_mode_of_the_caller_sees_what_it_sees_without_us(mode, key):
    from explorer.catalog import build, example_inputs

    def calls(call):
        model, inputs = build(key), example_inputs(key)
        torch.manual_seed(0)
        with mode() as active:
            call(model, *inputs)
        return active.seen

    bare = calls(lambda model, *inputs: model(*inputs))
    assert calls(observe_call) == bare
    assert bare


def test_inside_a_transform_of_the_caller():
    model = nn.Linear(3, 1)
    x = torch.randn(4, 3)
    mapped = torch.vmap(lambda row: observe_call(model, row, reraise=True).value)(x)
    torch.testing.assert_close(mapped, model(x))
    gradient = torch.func.grad(lambda row: observe_call(model, row, reraise=True).value.sum())(x[0])
    torch.testing.assert_close(gradient, model.weight[0])


def test_backward_works_through_an_observed_value():
    model = nn.Linear(2, 1)
    observe_call(model, X).value.sum().backward()
    assert torch.equal(model.weight.grad, X)


def test_an_observation_within_an_observed_call():
    def outer():
        return observe_call(nn.Linear(2, 1), X).error

    seen = observe_call(outer)
    assert seen.error is None
    assert seen.value is None
