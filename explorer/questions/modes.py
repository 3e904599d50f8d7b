"""Train and eval mode, grad mode, and what each of them leaves alone."""

from __future__ import annotations

import numpy as np

from explorer.experiment import Experiment
from explorer.measure.dropout import DropoutStudy
from explorer.measure.training_flags import TrainingFlags
from explorer.questions.facts import first_sentence, grad_fn, returned
from explorer.questions.question import AfterCalls, Finding, One, Pair, Question, Repeated, RepeatedPair
from explorer.record import Observation
from explorer.wording import count


def _gradients_in_eval(seen: Observation) -> Finding:
    backward = seen.backward
    given = [each for each in backward.gradients if each.norm is not None] if backward else []
    return Finding(
        seen.training is False
        and grad_fn(seen) is not None
        and backward is not None
        and not backward.error
        and given != [],
        f"In {_mode(seen.training)} mode the output's `grad_fn` is `{grad_fn(seen)}`, and `backward()` gave "
        f"{count(len(given), 'parameter')} a gradient.",
    )


def _differ(study: DropoutStudy) -> Finding:
    return Finding(study.distinct > 1, _distinct(study))


def _both_differ(one: DropoutStudy, other: DropoutStudy) -> Finding:
    return Finding(min(one.distinct, other.distinct) > 1, f"{_distinct(one)} {_distinct(other)}")


def _stays_in_eval(flags: TrainingFlags) -> Finding:
    is_eval = not any(flags.before)
    stayed = "as before the first" if flags.stayed else "not as before the first"
    values = " or ".join(f"`{value}`" for value in sorted({flag for after in flags.after for flag in after}))
    return Finding(
        is_eval and flags.stayed,
        f"After each of {len(flags.after)} calls `training` was {values}, {stayed}: that of the model and of "
        f"{count(len(flags.before) - 1, 'module')} in it.",
    )


def _repeat_unlike_eval(study: DropoutStudy) -> Finding:
    unlike = not np.array_equal(study.samples[0], study.eval_output)
    return Finding(
        study.distinct == 1 and unlike,
        f"{_distinct(study)} {'It differs from' if unlike else 'It is'} the output in eval mode.",
    )


def _statistics_changed(seen: Observation) -> Finding:
    changed = [buffer.name for buffer in seen.changed_buffers if "running" in buffer.name]
    named = ", ".join(f"`{name}`" for name in changed) or "no running statistics"
    return Finding(changed != [] and seen.grad_mode == "no_grad", f"Under `{seen.grad_mode}` the call changed {named}.")


def _child_was_flipped(train: Observation, evaluation: Observation) -> Finding:
    changed = [
        sum(buffer.name.startswith("bn.running") for buffer in seen.changed_buffers) for seen in (train, evaluation)
    ]
    return Finding(
        changed[0] > 0 and changed[1] == 0,
        f"After `model.train()` the call changed {count(changed[0], 'running statistic')} of the child that had been "
        f"set to eval mode; after `model.eval()`, {changed[1]}.",
    )


def _seeded(one: Observation, other: Observation) -> Finding:
    drew = [sum(node.operation == "dropout" for node in seen.graph.nodes) for seen in (one, other)]
    equal = one.output == other.output
    return Finding(
        equal and min(drew) > 0,
        f"Two runs from the same seed, each in train mode with {count(drew[0], 'draw')} of dropout, gave "
        f"{'equal' if equal else 'different'} outputs: {returned(one)}.",
    )


def _backward_after_no_grad(seen: Observation) -> Finding:
    error = seen.backward.error if seen.backward is not None else None
    sentence = f"raised {first_sentence(error)}" if error else "raised nothing"
    return Finding(
        error is not None and "does not require grad" in error.message,
        f"After a call under `{seen.grad_mode}`, `loss.backward()` {sentence}.",
    )


def _distinct(study: DropoutStudy) -> str:
    experiment = study.experiment
    under = "" if experiment.grad == "enabled" else f" under `{experiment.grad}`"
    return (
        f"{study.calls} calls on one input in {_mode(experiment.training)} mode{under} gave "
        f"{count(study.distinct, 'different output' if study.distinct != 1 else 'output')}."
    )


def _mode(training: bool | None) -> str:
    return "train" if training else "eval"


DROPOUT = Experiment(model="dropout")

MODES: tuple[Question, ...] = (
    One(
        12,
        ("pytorch/pytorch#31361", "pytorch/pytorch#19160", "pytorch/pytorch#7013"),
        "`model.eval()` turns gradients off.",
        "It only changes what some layers do; autograd records the call as before.",
        Experiment(model="cnn", training=False, backward=True),
        _gradients_in_eval,
    ),
    RepeatedPair(
        13,
        ("ethos-ares#20",),
        "`no_grad` and `inference_mode` turn dropout off.",
        "`model.eval()` does. Grad mode only decides what autograd records.",
        Experiment(model="dropout", grad="no_grad"),
        Experiment(model="dropout", grad="inference_mode"),
        _both_differ,
    ),
    Repeated(
        14,
        ("pytorch/pytorch#11999", "pytorch/pytorch#26338"),
        "`model.eval()` stops a bare `F.dropout(x)`.",
        "The function does not know the model: its own `training` is True unless it is passed.",
        Experiment(model="bare-dropout", training=False),
        _differ,
    ),
    Repeated(
        15,
        ("mvts_transformer#18", "allennlp#3888"),
        "The same input gives the same output.",
        "In train mode dropout draws anew at each call.",
        DROPOUT,
        _differ,
    ),
    Repeated(
        16,
        ("a tutorial",),
        "A ResNet-18 in train mode gives another output at each call.",
        "Batch norm draws nothing: in train mode it uses this batch's own statistics, each time the same.",
        Experiment(model="resnet18", size=32, batch=2),
        _repeat_unlike_eval,
    ),
    One(
        17,
        ("unbiased-teacher#47",),
        "`no_grad` freezes batch norm.",
        "Its statistics are no matter of gradients: in train mode each call updates them.",
        Experiment(model="batchnorm", grad="no_grad"),
        _statistics_changed,
    ),
    AfterCalls(
        18,
        ("pytorch/tutorials#1624",),
        "After a call the model is in train mode again.",
        "The flag stays as `train()` or `eval()` set it, for every call that follows.",
        Experiment(model="dropout", training=False),
        _stays_in_eval,
    ),
    Pair(
        25,
        (),
        "A child that was set to eval mode stays in eval mode.",
        "`train()` and `eval()` of the parent set the flag of every module below it.",
        Experiment(model="frozen-child"),
        Experiment(model="frozen-child", training=False),
        _child_was_flipped,
    ),
    Pair(
        26,
        (),
        "Dropout in train mode can never be repeated.",
        "The random generator decides, and the same seed repeats it bit for bit.",
        DROPOUT,
        DROPOUT,
        _seeded,
    ),
    One(
        27,
        (),
        "After `no_grad`, `loss.backward()` works as usual.",
        "Nothing was recorded during the call, so there is nothing to go back through.",
        Experiment(model="simple", grad="no_grad", backward=True),
        _backward_after_no_grad,
    ),
)
