"""The questions: each reproduced from its link, and each finding beside torch run bare."""

import io
from urllib.parse import parse_qsl, urlsplit

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from explorer import observe
from explorer.catalog import build, example_inputs
from explorer.catalog.models import callable_article
from explorer.experiment import Experiment
from explorer.measure.training_flags import TrainingFlags
from explorer.questions import QUESTION_GROUPS, QUESTIONS, AfterCalls, Finding, One, Pair, Repeated, RepeatedPair
from explorer.ui.pages.questions.payload import links as addresses
from explorer.ui.shell.page_links import link_to_pair
from explorer.ui.shell.right_side import RIGHT_SIDE, right_side
from tests.helpers import bare

BY_NUMBER = {question.number: question for question in QUESTIONS}


@pytest.fixture(scope="module")
def findings():
    """All of them, each measured once; the process's state is as before."""
    before = bare.state()
    found = {question.number: question.find() for question in QUESTIONS}
    assert bare.differing(before, bare.state()) == []
    return found


def test_there_are_27_of_them_each_once():
    assert sorted(question.number for question in QUESTIONS) == list(range(1, 28))
    assert [question for questions in QUESTION_GROUPS.values() for question in questions] == list(QUESTIONS)


@pytest.mark.parametrize("number", range(1, 28))
def test_it_comes_out_against_the_belief(findings, number):
    finding = findings[number]
    assert finding.refuted, finding.measured
    assert finding.measured.endswith(".")


@pytest.mark.parametrize("number", range(1, 28))
def test_its_experiments_are_links(number):
    question = BY_NUMBER[number]
    for experiment in {question.experiment, getattr(question, "other", question.experiment)}:
        assert Experiment.from_params(experiment.to_params()) == (experiment, ())
    for _, address in addresses(question):
        parts = urlsplit(address)
        assert parts.path in ("./", "./compare", "./dropout")
        query = dict(parse_qsl(parts.query))
        assert Experiment.from_params(query) in [
            (question.experiment, ()),
            (getattr(question, "other", question.experiment), ()),
        ]


@pytest.mark.parametrize("question", [one for one in QUESTIONS if isinstance(one, Pair)], ids=lambda one: one.number)
def test_a_pairs_link_holds_both_runs(question):
    query = dict(parse_qsl(urlsplit(link_to_pair(question.experiment, question.other)).query))
    text = query.pop(RIGHT_SIDE)
    left, doubts = Experiment.from_params(query)
    assert (left, doubts) == (question.experiment, ())
    assert right_side(left, text) == (question.other, ())


@pytest.mark.parametrize("question", [one for one in QUESTIONS if isinstance(one, One | Pair)], ids=lambda q: q.number)
def test_a_finding_is_of_the_run_that_it_is_given(question):
    """The same reading of a run in which nothing of the kind happens does not refute the belief."""
    plain = observe(Experiment(model="function"))
    finding = question.judge(plain, plain) if isinstance(question, Pair) else question.judge(plain)
    assert isinstance(finding, Finding)
    assert finding.refuted == (question.number == 3)  # a function has a class with `__call__` too


def test_a_pair_the_other_way_round_is_no_refutation():
    for number in (1, 4, 6, 7, 9, 23, 25):
        question = BY_NUMBER[number]
        assert not question.judge(observe(question.other), observe(question.experiment)).refuted, number


def test_a_pair_of_equal_runs_is_no_refutation():
    for question in QUESTIONS:
        if isinstance(question, Pair) and question.number != 26:  # which is of equal runs
            for experiment in (question.experiment, question.other):
                alone = observe(experiment)
                assert not question.judge(alone, alone).refuted, question.number


def test_repeated_calls_of_another_kind_are_no_refutation():
    from explorer.measure.dropout import study_dropout

    differing, repeating = (study_dropout(Experiment(model="dropout", training=mode), 10) for mode in (True, False))
    for number in (14, 15):
        assert not BY_NUMBER[number].judge(repeating).refuted
    for pair in ((repeating, repeating), (repeating, differing), (differing, repeating)):
        assert not BY_NUMBER[13].judge(*pair).refuted
    assert not BY_NUMBER[16].judge(differing).refuted
    assert not BY_NUMBER[16].judge(repeating).refuted


# The same, in torch alone. Each gives words that the finding's sentence must hold.


def inputs_of(number):
    return example_inputs(BY_NUMBER[number].experiment.model)


def counted(number, style, at="", register="register_forward_hook", backward=False):
    ran = []
    model = build(BY_NUMBER[number].experiment.model)
    getattr(model.get_submodule(at), register)(lambda *given: ran.append(given))
    output = (model if style == "call" else model.forward)(*inputs_of(number))
    if backward:
        output.sum().backward()
    return ran


def times(count):
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def hook_of_both(number, **options):
    return [times(len(counted(number, style, **options))) for style in ("call", "forward")]


def every_module(number):
    ran = []
    handle = nn.modules.module.register_module_forward_hook(lambda *_: ran.append(1))
    try:
        counts = []
        for style in ("call", "forward"):
            ran.clear()
            model = build("cnn")
            (model if style == "call" else model.forward)(*inputs_of(number))
            counts.append(times(len(ran)))
    finally:
        handle.remove()
    assert counts == [
        "7 times",
        "6 times",
    ]  # by hand: 1 + conv, pool, conv, pool, fc, fc
    return counts


def graph_and_children(number):
    model, ran = build("simple"), []
    model.linear.register_forward_hook(lambda *_: ran.append("child"))
    model.register_forward_hook(lambda *_: ran.append("outermost"))
    output = model.forward(*inputs_of(number))
    assert ran == ["child"]
    return [type(output.grad_fn).__name__, "child's hook ran once", "0 times"]


def full_backward(number):
    counts = [
        counted(number, style, register="register_full_backward_hook", backward=True) for style in ("forward", "call")
    ]
    assert (len(counts[0]), len(counts[1])) == (0, 1)
    ((_, grad_input, _),) = counts[1]
    return [times(0), times(1), str(grad_input)]


def borrowed(number):
    assert counted(number, "call", "linear") == []
    return ["hook ran 0 times"]


def rebinding(number):
    model, inputs = build("simple"), inputs_of(number)
    plain = model(*inputs)

    def rebinds(module, args, output):
        output = output * 2

    handle = model.register_forward_hook(rebinds)
    assert torch.equal(model(*inputs), plain)
    handle.remove()
    model.register_forward_hook(lambda *_: 0)
    assert model(*inputs) == 0
    return ["as `forward` returned it", "return `0`"]


def first_layer(number):
    for at in ("fc1", "fc2"):
        assert len(counted(number, "call", at, register="register_full_backward_hook", backward=True)) == 1
    return ["once on the first layer and once on the last"]


def raising(call, kind):
    with pytest.raises(kind) as raised:
        call()
    return [f"`{kind.__name__}: {str(raised.value).partition('. ')[0]}`"]


def in_place(number):
    model = build("inplace-relu")
    model.linear.register_full_backward_hook(lambda *_: None)
    return raising(lambda: model(*inputs_of(number)), RuntimeError)


def eval_has_gradients(number):
    model = build("cnn").eval()
    output = model(*inputs_of(number))
    output.sum().backward()
    given = sum(parameter.grad is not None for parameter in model.parameters())
    return [type(output.grad_fn).__name__, f"{given} parameters"]


def distinct(number, model, *inputs):
    torch.manual_seed(BY_NUMBER[number].experiment.seed)
    outputs = {tuple(model(*inputs).flatten().tolist()) for _ in range(10)}
    return f"gave {len(outputs)} {'different outputs' if len(outputs) != 1 else 'output'}"


def repeated(number):
    return [repeated_calls(number, BY_NUMBER[number].experiment)]


def repeated_calls(number, experiment):
    model = build(experiment.model).train(experiment.training)
    inputs = example_inputs(experiment.model, batch=experiment.batch, size=experiment.size)
    with bare.grad(experiment.grad), torch.random.fork_rng():
        return distinct(number, model, *inputs)


def flag_after_calls(number):
    experiment = BY_NUMBER[number].experiment
    model = build(experiment.model).train(experiment.training)
    for _ in range(10):
        model(*inputs_of(number))
    (flag,) = {module.training for module in model.modules()}
    return [
        f"After each of 10 calls `training` was `{flag}`, as before the first",
        f"{len([*model.modules()]) - 1} mod",
    ]


def test_a_flag_that_a_call_changes_is_no_refutation():
    judge = BY_NUMBER[18].judge
    assert judge(TrainingFlags((False,), ((False,),))).refuted
    assert not judge(TrainingFlags((False,), ((False,), (True,)))).refuted
    assert not judge(TrainingFlags((True,), ((True,),))).refuted


def repeated_without_gradients(number):
    """Each of the grad modes that the belief names."""
    question = BY_NUMBER[number]
    modes = [experiment.grad for experiment in (question.experiment, question.other)]
    assert [mode for mode in modes if f"`{mode}`" in question.believed] == ["no_grad", "inference_mode"]
    return [f"under `{each.grad}` {repeated_calls(number, each)}" for each in (question.experiment, question.other)]


def statistics(number):
    model = build("batchnorm")
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    with torch.no_grad():
        model(*inputs_of(number))
    changed = [name for name, buffer in model.named_buffers() if not torch.equal(buffer, before[name])]
    return [f"`{name}`" for name in changed if "running" in name]


def checkpoint(number):
    written = io.BytesIO()
    torch.save(nn.Linear(10, 2).state_dict(), written)
    written.seek(0)
    return raising(lambda: torch.load(written)(torch.ones(1, 10)), TypeError)


def patched(number):
    outputs = [build(key)(*inputs_of(number)) for key in ("patched-forward", "patched-call")]
    for key, output in zip(("patched-forward", "patched-call"), outputs, strict=True):
        linear = build(key).linear
        plain = F.linear(*inputs_of(number), linear.weight, linear.bias)
        assert torch.equal(output, plain.relu() if key == "patched-forward" else plain)
    assert any((build(key).linear(*inputs_of(number)) < 0).any() for key in ("patched-forward", "patched-call"))
    return ["`forward` ran once", "`__call__` ran 0 times"]


def keywords(number):
    model, seen = build("simple"), []
    model.register_forward_hook(lambda module, args, output: seen.append(args))
    model.register_forward_hook(lambda module, args, kwargs, output: seen.append(list(kwargs)), with_kwargs=True)
    model(x=inputs_of(number)[0])
    assert seen == [(), ["x"]]
    return ["empty tuple as `args`", "which held 'x'"]


def frozen(number):
    model = build("frozen-child")
    assert not model.bn.training
    before = model.bn.running_mean.clone()
    model.train()(*inputs_of(number))
    assert model.bn.training
    assert not torch.equal(model.bn.running_mean, before)
    return ["changed 2 running statistics"]


def seeded(number):
    model = build("dropout")
    outputs = []
    with torch.random.fork_rng():
        for seed in (5, 5):
            torch.manual_seed(seed)
            outputs.append([model(*inputs_of(number)) for _ in range(5)])
    assert all(map(torch.equal, *outputs))
    return ["equal outputs"]


def after_no_grad(number):
    with torch.no_grad():
        loss = build("simple")(*inputs_of(number)).sum()
    return raising(loss.backward, RuntimeError)


BARE = {
    1: hook_of_both,
    3: lambda number: [f"`{next(c for c in type(build('simple')).__mro__ if '__call__' in vars(c)).__name__}`"],
    4: every_module,
    5: graph_and_children,
    6: full_backward,
    7: lambda number: hook_of_both(number, register="register_forward_pre_hook"),
    8: borrowed,
    9: rebinding,
    10: first_layer,
    11: in_place,
    12: eval_has_gradients,
    13: repeated_without_gradients,
    14: repeated,
    15: repeated,
    16: repeated,
    17: statistics,
    18: flag_after_calls,
    19: checkpoint,
    20: lambda number: raising(lambda: nn.Linear(1, 1).load_state_dict(nn.Linear(1, 1).state_dict())(1), TypeError),
    21: lambda number: raising(lambda: callable_article(1), TypeError),
    22: lambda number: raising(lambda: nn.ModuleList([nn.ReLU()])(torch.ones(1)), NotImplementedError),
    23: patched,
    24: keywords,
    25: frozen,
    26: seeded,
    27: after_no_grad,
}


@pytest.mark.parametrize("number", BARE)
def test_torch_alone_says_the_same(findings, number):
    with torch.random.fork_rng():  # layers made here draw their weights
        words = BARE[number](number)
    assert [word for word in words if word not in findings[number].measured] == []


def test_only_the_second_is_settled_by_the_trace_alone():
    """Who called `forward` is seen by Python itself as well."""
    import inspect

    class Asks(nn.Module):
        def forward(self):
            return inspect.currentframe().f_back.f_code.co_qualname

    assert set(range(1, 28)) - BARE.keys() == {2}
    assert Asks()() in BY_NUMBER[2].find().measured


def test_repeated_questions_open_the_page_of_repeated_calls():
    for question in QUESTIONS:
        first = addresses(question)[0][1]
        assert first.startswith("./dropout") == isinstance(question, AfterCalls | Repeated | RepeatedPair)
        assert first.startswith("./compare") == isinstance(question, Pair)
