"""The table of settings: all that an experiment says, in the order of its fields.

From it are derived what an Experiment accepts, its URL and what the URL is refused, the controls of the sidebar and of
the compare page's right side, and the words for what tells two runs apart.

To add a setting: give it a row here, the same name and default as a field of Experiment, and what it does (mostly in
`prepare`). Whatever is not laid out by name in the sidebar or on the compare page is drawn below the rest.
"""

from __future__ import annotations

from typing import get_args

from explorer.catalog import Range
from explorer.experiment.digit_setting import DigitChoice
from explorer.experiment.hooks import HookList
from explorer.experiment.number_settings import Decimal, Number
from explorer.experiment.setting import Choice, ModelChoice, Setting, Switch
from explorer.runtime.call_modes import CallStyle, EntryMode, GradMode

SEEDS = Range(default=0, low=0, high=2**31 - 1)

MODEL = ModelChoice(name="model", parameters=("model",), label="Model")
CALL = Choice(
    name="call",
    parameters=("call",),
    label="Called as",
    help="`model(x)` goes through `__call__`; `model.forward(x)` goes around it. `torch.jit.trace` takes a method "
    "named `forward` for its module, and goes through `__call__` all the same.",
    choices=get_args(CallStyle),
    captions=("`model(x)`", "`model.forward(x)`"),
)
TRAINING = Switch(
    name="training",
    parameters=("mode",),
    label="Mode",
    help="`model.train()` or `model.eval()`, said before the call.",
    needs_module=True,
    usual=True,
    decided_by_entry=lambda found: found.training,
    words=("train", "eval"),
)
GRAD = Choice(
    name="grad",
    parameters=("grad",),
    label="Grad mode",
    help="Whether autograd records the call: as it is, under `torch.no_grad()`, or `torch.inference_mode()`.",
    choices=get_args(GradMode),
)
HOOKS = HookList(
    name="hooks",
    parameters=("hook", "at"),
    label="Hooks",
    needs_module=True,
)
SEED = Number(
    name="seed",
    parameters=("seed",),
    label="Seed",
    help="Decides what is drawn: weights and input, where none are stored, and dropout. Equal seeds give equal runs.",
    bounds=SEEDS,
)
BATCH = Number(
    name="batch",
    parameters=("batch",),
    label="Batch size",
    help="Rows, images or sequences at once.",
    bounds=lambda found: found.batch,
    help_has_bounds=True,
)
SIZE = Number(
    name="size",
    parameters=("size",),
    label="Image size",
    help="Pixels a side, or steps of a sequence.",
    bounds=lambda found: found.size,
    labelled_by_entry=lambda found: found.size_name,
    help_has_bounds=True,
)
DIGIT = DigitChoice(
    name="digit",
    parameters=("digit",),
    label="Digit",
    help="Which handwritten digit goes in. A hard one is the one of its class that the model does worst at.",
)
P = Decimal(
    name="p",
    parameters=("p",),
    label="Dropout p",
    help="How probably each unit is set to zero in train mode.",
    bounds=lambda found: found.p,
    absent="no dropout p to set",
)
KEYWORD = Switch(
    name="keyword",
    parameters=("keyword",),
    label="Inputs by name",
    help="`model(x=x)`: a forward hook or pre-hook of the model sees this input only with `with_kwargs=True`.",
    needs_module=True,
    reset_without_module=True,
)
ENTRY_MODE = Choice(
    name="entry_mode",
    parameters=("via",),
    label="Entered by",
    help='The model as it is, after `model.compile(backend="eager")`, or inside `torch.jit.trace`.',
    needs_module=True,
    choices=get_args(EntryMode),
)
BACKWARD = Switch(
    name="backward",
    parameters=("backward",),
    label="Then backward()",
    help="`loss.backward()` after the call; the loss is the sum of the output.",
    needs_module=True,
    reset_without_module=True,
)

SETTINGS: tuple[Setting, ...] = (
    MODEL,
    CALL,
    TRAINING,
    GRAD,
    HOOKS,
    SEED,
    BATCH,
    SIZE,
    DIGIT,
    P,
    KEYWORD,
    ENTRY_MODE,
    BACKWARD,
)
