"""`model(x)` and `model.forward(x)`: what only the call does."""

from __future__ import annotations

from dataclasses import replace

from explorer.catalog.hooks.hook import Hook
from explorer.experiment import Experiment
from explorer.questions.facts import ended, forward_caller, frames_of, grad_fn, hook_ran
from explorer.questions.question import Finding, One, Pair, Question
from explorer.record import Observation
from explorer.wording import count, times


def _calling_forward(experiment: Experiment) -> Experiment:
    return replace(experiment, call="forward")


def _hook_of_the_outermost(call: Observation, forward: Observation) -> Finding:
    with_call, without = hook_ran(call), hook_ran(forward)
    return Finding(
        with_call > 0 and without == 0,
        f"The hook on the outermost module ran {times(with_call)} in `{call.expression}` "
        f"and {times(without)} in `{forward.expression}`.",
    )


def _hook_of_every_module(call: Observation, forward: Observation) -> Finding:
    with_call, without = hook_ran(call), hook_ran(forward)
    return Finding(
        with_call == without + 1,
        f"A hook for every module ran {times(with_call)} in `{call.expression}` "
        f"and {times(without)} in `{forward.expression}`.",
    )


def _pre_hook_and_call(call: Observation, forward: Observation) -> Finding:
    with_call, without = hook_ran(call), hook_ran(forward)
    frames = [frames_of(seen, "Module._call_impl") for seen in (call, forward)]
    return Finding(
        with_call > 0 and without == 0 and frames[0] > 0 and frames[1] == 0,
        f"In `{call.expression}` the outermost module's `_call_impl` ran {times(frames[0])} and its pre-hook "
        f"{times(with_call)}; in `{forward.expression}`, {times(frames[1])} and {times(without)}.",
    )


def _forward_was_called(seen: Observation) -> Finding:
    caller = forward_caller(seen)
    return Finding(
        caller is not None and caller.startswith("Module._call_impl"),
        f"`{seen.title}.forward` was called by `{caller}`." if caller else "No frame of `forward` was seen.",
    )


def _provided(seen: Observation) -> Finding:
    provider = seen.lookup.provider
    return Finding(
        provider is not None and seen.error is None,
        f"`{seen.lookup.type}` objects get `__call__` from `{(provider or 'nowhere').rsplit('.', 1)[-1]}`, "
        f"and the call {ended(seen)}.",
    )


def _graph_and_children(seen: Observation) -> Finding:
    child, outermost, recorded = hook_ran(seen, 1), hook_ran(seen, 2), grad_fn(seen)
    return Finding(
        recorded is not None and child > 0 and outermost == 0,
        f"The output's `grad_fn` is `{recorded}`; the child's hook ran {times(child)}, "
        f"the outermost module's {times(outermost)}.",
    )


def _child_not_called(seen: Observation) -> Finding:
    ran, called = hook_ran(seen), frames_of(seen, "Module._wrapped_call_impl", "linear")
    used = sum(any(name.startswith("linear.") for name, _ in node.parameters) for node in seen.graph.nodes)
    return Finding(
        ran == 0 and called == 0 and used > 0,
        f"{count(used, 'operation')} used the child's parameters. The child itself was called {times(called)}, "
        f"and its hook ran {times(ran)}.",
    )


HOOKED = Experiment(model="example", hooks=(Hook(),))
EVERYWHERE = Experiment(model="cnn", hooks=(Hook(is_global=True),))
PRE_HOOKED = Experiment(model="feedforward", hooks=(Hook(kind="forward_pre"),))

CALL_OR_FORWARD: tuple[Question, ...] = (
    Pair(
        1,
        ("karpathy/nanoGPT#475",),
        "`self(x)` is `self.forward(x)`, only harder to read.",
        "The call also runs the hooks of the module that is called; `forward` does not.",
        HOOKED,
        _calling_forward(HOOKED),
        _hook_of_the_outermost,
    ),
    One(
        2,
        ("LightGCN-PyTorch#24",),
        "Nothing calls `forward`: no line of the program mentions it.",
        "`__call__` calls it; one writes `forward`, and calls the object.",
        Experiment(model="feedforward"),
        _forward_was_called,
    ),
    One(
        3,
        ("pytorch/tutorials#169",),
        "`model(x)` is a logic error: an object is not a function.",
        "An object whose class has `__call__` can be called.",
        Experiment(model="simple"),
        _provided,
    ),
    Pair(
        4,
        ("Lightning#632",),
        "`self.forward(x)` does the same as `self(x)`.",
        "It goes past the hooks of the outermost module; those of its children fire in both.",
        EVERYWHERE,
        _calling_forward(EVERYWHERE),
        _hook_of_every_module,
    ),
    One(
        5,
        ("an answer on a question site",),
        "`model.forward(x)` builds no autograd graph, and the hooks of children do not fire.",
        "The graph is built and the children's hooks fire; only the outermost module's are passed by.",
        Experiment(model="simple", call="forward", hooks=(Hook("linear"), Hook())),
        _graph_and_children,
    ),
    Pair(
        7,
        ("TorchSharp#1203", "stable-baselines3#752", "tensordict#1414"),
        "Hooks are registered, and then ignored.",
        "A call of `forward` goes past `_call_impl`, and with it past every hook of that module.",
        PRE_HOOKED,
        _calling_forward(PRE_HOOKED),
        _pre_hook_and_call,
    ),
    One(
        8,
        ("pytorch/pytorch#102374",),
        "A hook that is registered on a layer runs wherever the layer is used.",
        "One way to miss it: `F.linear(x, self.linear.weight)` uses the weights, and calls no module.",
        Experiment(model="borrowed-weights", hooks=(Hook("linear"),)),
        _child_not_called,
    ),
)
