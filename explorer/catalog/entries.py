"""The entries as data, in the order of the page: those of the documents, then those that answer a question."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from explorer.catalog.digits import DIGITS, digit_images
from explorer.catalog.entry import BATCH, Entry, Range
from explorer.catalog.inputs import five, images, rows, sequences, tensor_of_two
from explorer.catalog.models.batchnorm import BatchNormNet
from explorer.catalog.models.callable_article import (
    DropoutModel,
    ExampleModel,
    NotAModel,
    SimpleModel,
    checkpoint,
    twice,
)
from explorer.catalog.models.digits import CNNWithDropout, trained_cnn, trained_cnn_with_dropout
from explorer.catalog.models.recurrent import RecurrentClassifier
from explorer.catalog.models.resnet import BasicBlock, ResNet18
from explorer.catalog.models.self_call_article import CNN, FeedforwardNetwork, LinearRegressionModel
from explorer.catalog.models.transformer import TransformerClassifier
from explorer.catalog.question_entries import QUESTION_ENTRIES
from explorer.catalog.user_model import USER_MODEL, user_model

EACH_DIGIT_ONCE = Range(default=1, low=1, high=len(DIGITS))

_DOCUMENTS = (
    Entry(
        key="function",
        title="twice",
        document="callable",
        teaches="A plain function is callable because its type has `__call__`.",
        make=lambda: twice,
        inputs=five,
        shown_code=(twice,),
        kind="function",
    ),
    Entry(
        key="simple",
        title="SimpleModel",
        document="callable",
        teaches="A module object is callable: its class gets `__call__` from `nn.Module`.",
        make=SimpleModel,
        inputs=rows(10),
        shown_code=(SimpleModel,),
        batch=BATCH,
    ),
    Entry(
        key="example",
        title="ExampleModel",
        document="callable",
        teaches="`model(x)` and `model.forward(x)` give equal outputs, unless a hook changes one.",
        make=ExampleModel,
        inputs=rows(5),
        shown_code=(ExampleModel,),
        batch=BATCH,
    ),
    Entry(
        key="dropout",
        title="DropoutModel",
        document="callable",
        teaches="In train mode each call drops each unit with probability p; in eval mode none.",
        make=DropoutModel,
        inputs=rows(5),
        shown_code=(DropoutModel,),
        batch=BATCH,
        p=Range(default=0.5, low=0.0, high=0.95),
    ),
    Entry(
        key="not-a-model",
        title="NotAModel",
        document="callable",
        teaches="A `forward` method alone does not make an object callable.",
        make=NotAModel,
        inputs=tensor_of_two,
        shown_code=(NotAModel,),
        kind="object",
    ),
    Entry(
        key="linear-regression",
        title="LinearRegressionModel",
        document="self-call",
        teaches="One linear layer gives one prediction per row.",
        make=LinearRegressionModel,
        inputs=rows(10),
        shown_code=(LinearRegressionModel,),
        batch=BATCH,
    ),
    Entry(
        key="feedforward",
        title="FeedforwardNetwork",
        document="self-call",
        teaches="Three layers run in the order in which `forward` calls them.",
        make=FeedforwardNetwork,
        inputs=rows(20),
        shown_code=(FeedforwardNetwork,),
        batch=BATCH,
    ),
    Entry(
        key="cnn",
        title="CNN",
        document="self-call",
        teaches="One pool module is called twice; the flattening counts on 1,568 numbers an image.",
        make=CNN,
        inputs=images,
        shown_code=(CNN,),
        batch=BATCH,
        size=Range(default=28, low=8, high=64),
    ),
    Entry(
        key="resnet18",
        title="ResNet18",
        document="callable",
        teaches="In a real network each part is called in the same way, one call inside another.",
        make=ResNet18,
        inputs=images,
        shown_code=(BasicBlock, ResNet18),
        batch=Range(default=1, low=1, high=4),  # 4 images of 224 pixels already keep 87 MB of activations
        size=Range(default=64, low=32, high=224),
        template="large",
    ),
    Entry(
        key="checkpoint",
        title="checkpoint",
        document="callable",
        teaches="A saved checkpoint is a dictionary of tensors, and a dictionary is not callable.",
        make=checkpoint,
        inputs=rows(10),
        shown_code=(SimpleModel, checkpoint),
        kind="object",
    ),
    Entry(
        key="digits",
        title="CNN",
        document="callable",
        teaches="Weights loaded from a checkpoint make a model like any other: it can be called.",
        make=trained_cnn,
        inputs=digit_images,
        shown_code=(CNN, trained_cnn),
        batch=EACH_DIGIT_ONCE,
        digits=DIGITS,
        training=False,
        output="class",
        template="small",
    ),
    Entry(
        key="digits-dropout",
        title="CNNWithDropout",
        document="callable",
        teaches="The weights of `digits` with a dropout layer, which in eval mode changes no score.",
        make=trained_cnn_with_dropout,
        inputs=digit_images,
        shown_code=(CNNWithDropout, trained_cnn_with_dropout),
        batch=EACH_DIGIT_ONCE,
        digits=DIGITS,
        p=Range(default=0.5, low=0.0, high=0.95),
        output="class",
        template="small",
    ),
    Entry(
        key="batchnorm",
        title="BatchNormNet",
        document="callable",
        teaches="In train mode equal calls give equal outputs, yet each updates the running statistics.",
        make=BatchNormNet,
        inputs=images,
        shown_code=(BatchNormNet,),
        batch=Range(default=4, low=1, high=64),
        size=Range(default=8, low=4, high=64),
    ),
    Entry(
        key="recurrent",
        title="RecurrentClassifier",
        document="self-call",
        teaches="One LSTM call reads the whole sequence; dropout sits between its two layers.",
        make=RecurrentClassifier,
        inputs=sequences(8),
        shown_code=(RecurrentClassifier,),
        batch=BATCH,
        size=Range(default=12, low=1, high=64),
        size_name="Sequence length",
        p=Range(default=0.3, low=0.0, high=0.95),
    ),
    Entry(
        key="transformer",
        title="TransformerClassifier",
        document="self-call",
        teaches="In eval mode without gradients, an encoder layer without hooks is one fused operation.",
        make=TransformerClassifier,
        inputs=sequences(16),
        shown_code=(TransformerClassifier,),
        batch=BATCH,
        size=Range(default=12, low=1, high=64),
        size_name="Sequence length",
        p=Range(default=0.1, low=0.0, high=0.95),
        template="small",
    ),
)

ENTRIES: Mapping[str, Entry] = MappingProxyType({entry.key: entry for entry in (*_DOCUMENTS, *QUESTION_ENTRIES)})


def entries() -> Mapping[str, Entry]:
    """Return what can be called in this process, by key: the reader's own model first, where one is registered."""
    registered = user_model()
    return ENTRIES if registered is None else MappingProxyType({USER_MODEL: registered.entry, **ENTRIES})


def default_model() -> str:
    """Return the key of the entry that a link without a model calls."""
    return "cnn" if user_model() is None else USER_MODEL


def entry(key: str) -> Entry:
    """Return the entry of that key. Raises UnknownEntry, a KeyError that names the known keys, where there is none."""
    if isinstance(key, str):
        found = ENTRIES.get(key) or entries().get(key)
        if found is not None:
            return found
    raise UnknownEntry(key)


class UnknownEntry(KeyError):
    """The catalogue has no entry of that key."""

    def __str__(self) -> str:
        return f"No model is called {str(self.args[0])[:40]!r}. Choose one of: {', '.join(entries())}."
