"""What can be called, and what only looks as if it could."""

from __future__ import annotations

from explorer.experiment import Experiment
from explorer.questions.facts import ended, frames_of, returned
from explorer.questions.question import Finding, One, Pair, Question
from explorer.record import Observation
from explorer.wording import times


def _not_callable(seen: Observation) -> Finding:
    error = seen.error
    return Finding(
        error is not None and error.type == "TypeError" and "not callable" in error.message and not seen.trace.frames,
        f"The call {ended(seen)}.",
    )


def _no_forward(seen: Observation) -> Finding:
    error = seen.error
    entered = frames_of(seen, "Module._wrapped_call_impl")
    return Finding(
        error is not None and error.type == "NotImplementedError" and entered > 0,
        f"`__call__` was entered {times(entered)}, and the call {ended(seen)}.",
    )


def _patched(forward: Observation, call: Observation) -> Finding:
    ran = [sum(frame.function.endswith(".instead") for frame in seen.trace.frames) for seen in (forward, call)]
    return Finding(
        ran[0] > 0 and ran[1] == 0,
        f"The method that was put in place of `forward` ran {times(ran[0])}; the one in place of `__call__` ran "
        f"{times(ran[1])}, and that call returned {returned(call)} all the same.",
    )


CALLABLES: tuple[Question, ...] = (
    One(
        19,
        ("the issues of several repositories",),
        "A saved `state_dict` is a model.",
        "It is a dictionary of tensors: a model has to be built, and the tensors loaded into it.",
        Experiment(model="checkpoint"),
        _not_callable,
    ),
    One(
        20,
        ("super-events-cvpr18#2",),
        "`model = model.load_state_dict(...)` gives the model.",
        "The method changes the model and returns the keys that did not match.",
        Experiment(model="load-state-dict"),
        _not_callable,
    ),
    One(
        21,
        ("Fastformer-PyTorch#5",),
        "After `import network`, `network(x)` calls the model.",
        "That is a module of Python, a file; the class in it has to be named.",
        Experiment(model="python-module"),
        _not_callable,
    ),
    One(
        22,
        ("Attend-and-Excite#5",),
        "A `ModuleList` can be called like a `Sequential`.",
        "It has `__call__`, but no `forward` that says in which order its modules run.",
        Experiment(model="module-list"),
        _no_forward,
    ),
    Pair(
        23,
        (),
        "Replacing `__call__` on the object does what replacing `forward` does.",
        "`__call__` looks up `forward` on the object; Python looks up `__call__` in the class only.",
        Experiment(model="patched-forward"),
        Experiment(model="patched-call"),
        _patched,
    ),
)
