"""A record written by hand: `outer(3)` of `toy_model.py`, every index counted on paper.

 0 lookup
 1 call of outer (line 1)          changes x
 2   line 2, calls inner           changes y, once inner is back
 3   call of inner (line 8)        changes x      detail 3
 4     line 9                                     detail 3
 5     line 13                                    detail 3
 6     return from inner                          detail 3
 7   line 3                        changes _
 8   line 4                        rebinds y
 9   line 3                        rebinds _
10   line 4                        rebinds y
11   line 3
12   line 5
13   return from outer
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from explorer.record import (
    Change,
    Frame,
    Graph,
    Lookup,
    ModuleCall,
    Node,
    Observation,
    Picture,
    Statistics,
    Step,
    Summary,
    TensorFacts,
    TensorLabel,
    Trace,
)

FILE = str(Path(__file__).with_name("toy_model.py"))
NARRATION = tuple(f"Text {index}." for index in range(14))
PHASES = ("lookup", "forward", "return")
HOSTILE = "<img src=x onerror=alert(1)></script><!--"


PICTURE = Picture(1, 1, 2, -1.0, 2.0, "AP8=")  # a cell of 0, and one of 255


def number(value: int) -> Summary:
    return Summary("int", str(value))


def tensor(shape: tuple[int, ...]) -> Summary:
    statistics = Statistics(-1.0, 2.0, 0.25, None, (1, 2, 0, 1, 1, 0, 2, 0))
    facts = TensorFacts(shape, "float32", True, "MulBackward0", False, 3, statistics, (0.5, -1.0), PICTURE)
    return Summary("Tensor", f"float32 {list(shape)}", facts)


def toy_observation() -> Observation:
    outer = Frame(0, "Toy.outer", FILE, 1, 5, "", "Toy", 1, None, 0, "forward")
    inner = Frame(1, "inner", FILE, 8, 13, "part", "Part", 1, 0, 1, "other")
    rows: list[tuple[str, int | None, int, int, int, tuple[Change, ...]]] = [
        ("lookup", None, 0, 0, 1, ()),
        ("call", 0, 1, 1, 1, (Change("x", "new", number(3)),)),
        ("statement", 0, 2, 2, 2, (Change("y", "new", number(6)),)),
        ("call", 1, 8, 8, 3, (Change("x", "new", tensor((2, 5))),)),
        ("statement", 1, 9, 9, 3, ()),
        ("statement", 1, 13, 13, 3, ()),
        ("return", 1, 13, 13, 3, ()),
        ("statement", 0, 3, 3, 2, (Change("_", "new", number(0)),)),
        ("statement", 0, 4, 4, 2, (Change("y", "rebound", number(7)),)),
        ("statement", 0, 3, 3, 2, (Change("_", "rebound", number(1)),)),
        ("statement", 0, 4, 4, 2, (Change("y", "modified in place", number(8)),)),
        ("statement", 0, 3, 3, 2, ()),
        ("statement", 0, 5, 5, 2, ()),
        ("return", 0, 5, 5, 1, ()),
    ]
    steps = tuple(
        Step(index, kind, frame, line, end, "lookup" if frame is None else "forward", level, changes)  # type: ignore[arg-type]
        for index, (kind, frame, line, end, level, changes) in enumerate(rows)
    )
    steps = (*steps[:6], replace(steps[6], value=number(6)), *steps[7:13], replace(steps[13], value=number(8)))
    label = (TensorLabel((2, 5), "float32"),)
    nodes = (
        Node("n0", "input", "input", "", "Toy", None, (), label, (), (0, 0)),
        Node("n1", "operation", "mul", "part", "Part", 1, label, label, (), (5, 5)),
        Node("n2", "output", "output", "", "Toy", None, label, (), (), (13, 13)),
    )
    calls = (ModuleCall(0, "", "Toy", 1, None, (1, 13), True), ModuleCall(1, "part", "Part", 1, 0, (3, 6), False))
    return Observation(
        experiment=None,
        title="Toy",
        expression="model(x)",
        lookup=Lookup("Toy", ("toys.Toy", "object"), "toys.Toy", "__call__", False),
        trace=Trace(steps, (outer, inner), {FILE: frozenset({1, 2, 3, 4, 5, 8, 9, 13})}),
        graph=Graph(nodes, (), calls),
        inputs=(("0", number(3)),),
        output=number(8),
        error=None,
        training=True,
        grad_mode="enabled",
        changed_buffers=(),
        notes=(),
    )


def hostile_observation() -> Observation:
    """The same record, with markup wherever a model may put text."""
    plain = toy_observation()
    frames = tuple(
        replace(frame, module=HOSTILE, module_class=HOSTILE, function=HOSTILE) for frame in plain.trace.frames
    )
    bad = Summary(HOSTILE, HOSTILE)
    steps = tuple(replace(step, changes=(Change(HOSTILE, "new", bad),), value=bad) for step in plain.trace.steps)
    lookup = replace(plain.lookup, type=HOSTILE, searched=(HOSTILE,), provider=None)
    trace = replace(plain.trace, steps=steps, frames=frames)
    return replace(
        plain, title=HOSTILE, expression=HOSTILE, lookup=lookup, trace=trace, inputs=((HOSTILE, bad),), output=bad
    )
