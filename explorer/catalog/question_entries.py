"""The entries that answer a question, as data: each does something that readers do not expect of a call."""

from __future__ import annotations

from explorer.catalog.entry import BATCH, Entry, Range
from explorer.catalog.inputs import rows
from explorer.catalog.models.children import BareDropout, BorrowedWeights, FrozenChild, InplaceReLU
from explorer.catalog.models.outputs import DictOutput, TupleOutput
from explorer.catalog.models.patched import PatchedCall, PatchedForward
from explorer.catalog.models.scripted import ScriptedChild
from explorer.catalog.models.uncallable import NoForward, imported, layers, loaded

QUESTION_ENTRIES = (
    Entry(
        key="module-list",
        title="ModuleList",
        document="question",
        teaches="A list of layers has `__call__`, but no `forward` for it to run.",
        make=layers,
        inputs=rows(10),
        shown_code=(layers,),
    ),
    Entry(
        key="no-forward",
        title="NoForward",
        document="question",
        teaches="A module without `forward` can be called, and then raises.",
        make=NoForward,
        inputs=rows(10),
        shown_code=(NoForward,),
    ),
    Entry(
        key="patched-forward",
        title="PatchedForward",
        document="question",
        teaches="A `forward` put on the instance is the one that `__call__` runs.",
        make=PatchedForward,
        inputs=rows(10),
        shown_code=(PatchedForward,),
        batch=BATCH,
    ),
    Entry(
        key="patched-call",
        title="PatchedCall",
        document="question",
        teaches="A `__call__` put on the instance is ignored: Python looks in the class.",
        make=PatchedCall,
        inputs=rows(10),
        shown_code=(PatchedCall,),
        batch=BATCH,
    ),
    Entry(
        key="borrowed-weights",
        title="BorrowedWeights",
        document="question",
        teaches="A submodule of which only the weights are used is not called: its hooks do not run.",
        make=BorrowedWeights,
        inputs=rows(10),
        shown_code=(BorrowedWeights,),
        batch=BATCH,
    ),
    Entry(
        key="inplace-relu",
        title="InplaceReLU",
        document="question",
        teaches="Where autograd records, an in-place ReLU cannot follow a layer with a full backward hook.",
        make=InplaceReLU,
        inputs=rows(10),
        shown_code=(InplaceReLU,),
        batch=BATCH,
    ),
    Entry(
        key="bare-dropout",
        title="BareDropout",
        document="question",
        teaches="`F.dropout(x)` drops in eval mode too, unless it is told the mode.",
        make=BareDropout,
        inputs=rows(10),
        shown_code=(BareDropout,),
        batch=BATCH,
    ),
    Entry(
        key="frozen-child",
        title="FrozenChild",
        document="question",
        teaches="`model.train()` puts every submodule in train mode, a frozen one as well.",
        make=FrozenChild,
        inputs=rows(10),
        shown_code=(FrozenChild,),
        batch=Range(default=4, low=2, high=64),  # batch norm in train mode refuses a single row
    ),
    Entry(
        key="dict-output",
        title="DictOutput",
        document="question",
        teaches="Without hooks, a plain call returns what `forward` returns, a dictionary for example.",
        make=DictOutput,
        inputs=rows(10),
        shown_code=(DictOutput,),
        batch=BATCH,
    ),
    Entry(
        key="tuple-output",
        title="TupleOutput",
        document="question",
        teaches="Two tensors come back as a tuple, and the first was made from the second.",
        make=TupleOutput,
        inputs=rows(10),
        shown_code=(TupleOutput,),
        batch=BATCH,
    ),
    Entry(
        key="scripted-child",
        title="ScriptedChild",
        document="question",
        teaches="A scripted `forward` runs outside Python; the `__call__` around it does not.",
        make=ScriptedChild,
        inputs=rows(10),
        shown_code=(ScriptedChild,),
        batch=BATCH,
    ),
    Entry(
        key="load-state-dict",
        title="_IncompatibleKeys",
        document="question",
        teaches="`load_state_dict` returns which keys did not match, and not the model.",
        make=loaded,
        inputs=rows(10),
        shown_code=(loaded,),
        kind="object",
    ),
    Entry(
        key="python-module",
        title="module",
        document="question",
        teaches="An imported file is a module of Python, and not the class that stands in it.",
        make=imported,
        inputs=rows(10),
        shown_code=(imported,),
        kind="object",
    ),
)
