"""What hooks can see and change, forward and backward."""

from __future__ import annotations

from dataclasses import replace

from explorer.catalog.hooks.hook import Hook
from explorer.experiment import Experiment
from explorer.questions.facts import ended, forward_returned, hook_ran, hook_was_given, returned
from explorer.questions.question import Finding, One, Pair, Question
from explorer.record import Observation
from explorer.wording import times


def _full_backward(forward: Observation, call: Observation) -> Finding:
    without, with_call = hook_ran(forward), hook_ran(call)
    given = hook_was_given(call, "grad_input")
    seen = f", and was given `{given.text}` as `grad_input`" if given else ""
    return Finding(
        without == 0 and with_call > 0 and given is not None and given.only_nones and given.length == 1,
        f"The hook ran {times(without)} after `{forward.expression}` and {times(with_call)} after "
        f"`{call.expression}`{seen}.",
    )


def _rebinding(rebinds: Observation, returns: Observation) -> Finding:
    kept = rebinds.output == forward_returned(rebinds)
    replaced = returns.output is not None and returns.output.type == "int" and returns.output.constant == 0
    return Finding(
        kept and replaced and hook_ran(rebinds) > 0,
        f"The hook that assigned to `output` left {'it as `forward` returned it' if kept else 'another one'}; "
        f"the hook that returned 0 made the call return {returned(returns)}.",
    )


def _first_layer(seen: Observation) -> Finding:
    first, last = hook_ran(seen, 1), hook_ran(seen, 2)
    return Finding(
        first == last > 0,
        f"The full backward hook ran {times(first)} on the first layer and {times(last)} on the last.",
    )


def _in_place(seen: Observation) -> Finding:
    error = seen.error
    refused = error is not None and error.type == "RuntimeError" and "inplace" in error.message.replace("-", "")
    return Finding(refused, f"The call {ended(seen)}.")


def _keywords(plain: Observation, with_kwargs: Observation) -> Finding:
    args = hook_was_given(plain, "args")
    kwargs = hook_was_given(with_kwargs, "kwargs")
    names = [name for name, _ in kwargs.items] if kwargs else []
    return Finding(
        args is not None and not args.items and hook_was_given(plain, "kwargs") is None and names == [repr("x")],
        f"In `{plain.expression}` the hook was given {args.text if args else 'nothing'} as `args`. With "
        f"`with_kwargs=True` it was also given `kwargs`, which held {', '.join(names) or 'nothing'}.",
    )


BACKWARD = Experiment(model="simple", hooks=(Hook(kind="full_backward"),), backward=True)
REBINDS = Experiment(model="simple", hooks=(Hook(action="rebind"),))
BY_NAME = Experiment(model="simple", hooks=(Hook(),), keyword=True)

HOOKS: tuple[Question, ...] = (
    Pair(
        6,
        ("pytorch/pytorch#117925",),
        "The full backward hook is broken: it never runs.",
        "After a call `backward()` runs it. Its `grad_input` is None where the input itself needs no gradient.",
        replace(BACKWARD, call="forward"),
        BACKWARD,
        _full_backward,
    ),
    Pair(
        9,
        ("pytorch/pytorch#1926", "pytorch/pytorch#74024"),
        "Assigning to `output` inside a hook changes the result.",
        "A local name is its function's own. What a hook returns replaces the output, be it a 0, unless it is None.",
        REBINDS,
        replace(REBINDS, hooks=(Hook(action="zero"),)),
        _rebinding,
    ),
    One(
        10,
        ("pytorch/pytorch#56380",),
        "A full backward hook skips the first module.",
        "In this version of torch it fires there as on any other.",
        Experiment(
            model="feedforward",
            hooks=(Hook("fc1", kind="full_backward"), Hook("fc2", kind="full_backward")),
            backward=True,
        ),
        _first_layer,
    ),
    One(
        11,
        ("pytorch/pytorch#61519",),
        "A full backward hook works on a layer before an in-place ReLU.",
        "The hook makes the layer's output a view, and while autograd records, nothing may write into that.",
        Experiment(model="inplace-relu", hooks=(Hook("linear", kind="full_backward"),), backward=True),
        _in_place,
    ),
    Pair(
        24,
        (),
        "A forward hook sees every input of the call.",
        "What is passed by name is not in `args`; only a hook with `with_kwargs=True` is given it.",
        BY_NAME,
        replace(BY_NAME, hooks=(Hook(with_kwargs=True),)),
        _keywords,
    ),
)
