"""The shape of one run's payload, as the player in the browser reads it.

`explorer/ui/web/shared/payload.js` says the same as JSDoc types, under the same names; a test compares the two.
Steps and frames are columns of equal length, and an index into another list stands for a value, a
text, a name or a code object that may come several times.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from explorer.record.graph import NodeKind
from explorer.record.trace import FrameRole, StepKind
from explorer.record.values import ChangeKind
from explorer.ui.player.highlight import Line

ChangeRow = tuple[int, ChangeKind, int]  # indices into `names` and `values`, around what happened
Chapter = tuple[str, str | None, int, int]  # path and class of a module that the outermost one calls; first, last step


class StatisticsPayload(TypedDict):
    """Figures over a tensor's elements, four significant digits as text."""

    min: str | None  # None, as the next two, where an element is infinite or not a number
    mean: str | None
    max: str | None
    sampled: int | None  # how many elements were used; None for all
    histogram: list[int]


class PicturePayload(TypedDict):
    """A tensor as small images: what its elements are, a byte for each cell."""

    images: int
    rows: int  # of an image
    columns: int
    min: float  # what a byte of 0 stands for
    max: float  # what a byte of 255 stands for
    cells: str  # in base64, image by image and row by row


class TensorPayload(TypedDict):
    """What a tensor was at that moment."""

    shape: list[int]
    dtype: str
    requires_grad: bool
    grad_fn: str | None
    parameter: bool
    version: int | None  # None for an inference tensor
    statistics: StatisticsPayload | None
    preview: list[str]  # its first elements
    picture: PicturePayload | None  # None where there is nothing to see


class ValuePayload(TypedDict):
    """A value in one line, with the facts of a tensor or the items of a container."""

    type: str
    text: str
    tensor: NotRequired[TensorPayload]
    items: NotRequired[list[tuple[str, ValuePayload]]]


class CodePayload(TypedDict):
    """The source of one function."""

    file: str
    first: int  # number of its first line
    lines: list[Line]  # empty where the source cannot be read


class LookupPayload(TypedDict):
    """Where Python found the method to call."""

    type: str
    searched: list[str]
    provider: str | None
    attribute: str
    instance_attribute: bool


class ErrorPayload(TypedDict):
    """The exception that left the call."""

    type: str
    message: str
    file: str | None
    line: int | None
    step: int | None


class StepColumns(TypedDict):
    """An item for each step."""

    kind: list[StepKind]
    frame: list[int]  # -1 for the look-up, which has none
    line: list[int]
    end_line: list[int]
    phase: list[str | None]
    level: list[Literal[1, 2, 3]]  # the least detail that shows the step
    text: list[int]  # index into `texts`


class FrameColumns(TypedDict):
    """An item for each frame."""

    code: list[int]  # index into `codes`
    function: list[str]
    module: list[str | None]
    module_class: list[str | None]
    module_call: list[int | None]
    caller: list[int]  # -1 for the first
    depth: list[int]
    role: list[FrameRole]


class CallColumns(TypedDict):
    """An item for each module call, in the order in which they began."""

    module: list[str]  # dotted path, after a dot where it is below the caller's; "" for the outermost
    module_class: list[str]
    number: list[int]  # 1 for the module's first call
    parent: list[int]  # index of the enclosing module call; -1 for none
    first: list[int]  # the step that it began with
    last: list[int]


class OperationColumns(TypedDict):
    """An item for each operation, input and output, in the order in which they ran."""

    kind: list[NodeKind]
    name: list[str]
    call: list[int]  # index of the innermost module call that it ran in; -1 for none
    first: list[int]  # the first step during which it ran
    last: list[int]
    drops: list[bool]  # whether it is a dropout: sets some numbers to zero at random
    in_hook: list[bool]  # whether a hook ran it
    raised: list[bool]
    output: list[int]  # index into `shapes`: what it gave, or of an output what it took; -1 for none
    outputs: list[int]  # how many of them there are


class RiverPayload(TypedDict):
    """The operations of a run, and the module calls that they ran in: what the river is laid out from."""

    calls: CallColumns
    operations: OperationColumns
    edges: list[tuple[int, int]]  # indices of the operations that made and that took a tensor
    shapes: list[list[int]]
    classes: bool  # whether each number of the output is the score of a class


class PlayerPayload(TypedDict):
    """Everything that the player shows of one run."""

    title: str
    expression: str
    training: bool | None
    grad_mode: str
    phases: list[str]  # of `Module.__call__`, in their order
    unentered_phases: list[int]  # first steps of the phases whose condition was evaluated, and whose body did not run
    lookup: LookupPayload
    inputs: list[tuple[str, int]]  # a name, and an index into `values`
    output: int | None  # index into `values`
    error: ErrorPayload | None
    codes: list[CodePayload]
    frames: FrameColumns
    steps: StepColumns
    changes: dict[str, list[ChangeRow]]  # by step
    texts_ahead: dict[str, int]  # by step: its text while the call that it makes is still to be shown
    returned: dict[str, int]  # by step: what it returned or raised
    names: list[str]
    texts: list[str]
    values: list[ValuePayload]
    chapters: list[Chapter]
    river: RiverPayload | None  # None where it is not shown


class PlayerHead(TypedDict):
    """The line of JSON that stands before a compressed payload."""

    step: int | None  # where to open; None for where the reader stands, or stood when the tab last showed it
    detail: int | None  # the level to open at; None for the one that is shown
    jumps: int  # another number than before: go to `step` though the run is shown already
    fingerprint: str  # of the compressed payload
    linkParameter: str  # the name of the page's URL parameter for the step
