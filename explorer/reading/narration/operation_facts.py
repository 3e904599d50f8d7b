"""What an operation did, in words: only what its shapes, its parameters and torch's dispatch together prove.

The record has no arguments of an operation, as a window or a `p`, so that no sentence here names one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType

from explorer.record import Node
from explorer.wording import count

_LINEAR_PARTS = frozenset(
    {
        "aten.t.default",
        "aten.view.default",
        "aten._unsafe_view.default",
        "aten.addmm.default",
        "aten.mm.default",
        "aten.linear.default",
    }
)
_PRODUCTS = frozenset({"aten.addmm.default", "aten.mm.default", "aten.linear.default"})

Shape = tuple[int, ...]


def what_it_did(node: Node) -> str:
    """Return what an operation did, as "sets each number below 0 to 0"; "" where the record does not prove it."""
    # A nested tensor has no one size, and its shape says -1.
    ends = (*node.inputs, *node.outputs)
    if node.raised or node.inside is not None or len(node.outputs) != 1 or any(-1 in end.shape for end in ends):
        return ""
    if node.operation == "linear":
        return _linear(node)
    known = _DONE.get((node.operation.removesuffix("_"), node.details))
    return known(node) if known is not None and len(node.inputs) == 1 else ""


def is_dropout(node: Node) -> bool:
    """Return whether an operation set some numbers to zero at random, and multiplied the others by 1 or more."""
    return (
        _DONE.get((node.operation.removesuffix("_"), node.details)) is _dropout and node.drew and len(node.inputs) == 1
    )


def size_text(shape: Shape) -> str:
    """Return "28x28"; "a single number" for no dimension."""
    return "x".join(map(str, shape)) or "a single number"


def _linear(node: Node) -> str:
    weights = [label.shape for name, label in node.parameters if name.endswith("weight") and len(label.shape) == 2]
    if len(weights) != 1 or len(node.inputs) != 1 or not node.inputs[0].shape:
        return ""
    if not set(node.details) <= _LINEAR_PARTS or not _PRODUCTS & set(node.details):
        return ""
    given, made, weight = node.inputs[0].shape, node.outputs[0].shape, weights[0]
    if made[:-1] != given[:-1] or weight != (made[-1], given[-1]):
        return ""
    bias = " and a bias" if len(node.parameters) == 2 else ""
    rows = prod(given[:-1])
    each = f" for each of {rows:,} rows" if rows != 1 else ""
    return f"makes {count(made[-1], 'number')}{each}, each a weighted sum of {count(given[-1], 'number')}{bias}"


def _convolution(node: Node) -> str:
    dimensions = int(node.operation[-2])
    weights = [
        label.shape for name, label in node.parameters if name.endswith("weight") and len(label.shape) == dimensions + 2
    ]
    given, made = node.inputs[0].shape, node.outputs[0].shape
    if len(weights) != 1 or len(given) != dimensions + 2:
        return ""
    if given[:2] == weights[0][:2] and given != weights[0]:
        return ""  # the parameter may as well be the image, and what was given the filters
    filters, depth, *window = weights[0]
    channels = given[-dimensions - 1]
    if made[-dimensions - 1] != filters or not depth or channels % depth:
        return ""
    which = count(channels, "channel") if depth == channels else f"{depth:,} of {count(channels, 'channel')} each"
    return f"slides {count(filters, 'filter')} of size {size_text(tuple(window))} over {which}"


def _maximum_of_windows(node: Node) -> str:
    before, after = node.inputs[0].shape[-2:], node.outputs[0].shape[-2:]
    return f"takes the maximum of each window, from {size_text(before)} to {size_text(after)}"


def _mean_of_parts(node: Node) -> str:
    before, after = node.inputs[0].shape[-2:], node.outputs[0].shape[-2:]
    return f"takes the mean of each part of an image, from {size_text(before)} to {size_text(after)}"


def _relu(node: Node) -> str:
    return "sets each number below 0 to 0 and leaves the others"


def _dropout(node: Node) -> str:
    if not node.drew:
        return ""
    numbers = prod(node.inputs[0].shape)
    each = "its number" if numbers == 1 else f"each of {numbers:,} numbers"
    return f"draws at random for {each} whether it becomes 0"


def _other_shape(node: Node) -> str:
    before, after = node.inputs[0].shape, node.outputs[0].shape
    if prod(before) != prod(after) or before == after:
        return ""
    numbers = count(prod(before), "number")
    return f"puts the same {numbers} in another shape, from {size_text(before)} to {size_text(after)}"


def _other_order(node: Node) -> str:
    before, after = node.inputs[0].shape, node.outputs[0].shape
    if sorted(before) != sorted(after) or before == after:
        return ""
    return f"puts the dimensions in another order, from {size_text(before)} to {size_text(after)}"


def _rows_looked_up(node: Node) -> str:
    given, made = node.inputs[0].shape, node.outputs[0].shape
    if made[:-1] != given or len(node.parameters) != 1:
        return ""
    each = "its index" if prod(given) == 1 else f"each of {prod(given):,} indices"
    return f"looks up a row of {count(made[-1], 'number')} for {each}"


def _place_of_maximum(node: Node) -> str:
    places = prod(node.outputs[0].shape)
    if places != 1:
        return f"finds {count(places, 'place')}, each of the maximum along one dimension"
    return "finds the place of the maximum"


# By what Python called, without the "_" of one that writes in place, and what torch dispatched for it: another function
# of the same name dispatches something else. Under `inference_mode` torch dispatches some of them whole.
_DONE: Mapping[tuple[str, tuple[str, ...]], Callable[[Node], str]] = MappingProxyType(
    {
        **{(f"conv{n}d", ("aten.convolution.default",)): _convolution for n in (1, 2, 3)},
        **{(f"conv{n}d", (f"aten.conv{n}d.default",)): _convolution for n in (1, 2, 3)},
        ("max_pool2d", ("aten.max_pool2d_with_indices.default",)): _maximum_of_windows,
        ("max_pool2d", ("aten.max_pool2d.default",)): _maximum_of_windows,
        ("adaptive_avg_pool2d", ("aten.adaptive_avg_pool2d.default",)): _mean_of_parts,
        ("adaptive_avg_pool2d", ("aten._adaptive_avg_pool2d.default",)): _mean_of_parts,
        ("adaptive_avg_pool2d", ("aten.mean.dim",)): _mean_of_parts,
        ("relu", ("aten.relu.default",)): _relu,
        ("relu", ("aten.relu_.default",)): _relu,
        ("dropout", ("aten.bernoulli_.float", "aten.div_.Scalar", "aten.mul.Tensor")): _dropout,
        ("dropout", ("aten.bernoulli_.float", "aten.div_.Scalar", "aten.mul_.Tensor")): _dropout,
        ("dropout", ("aten.dropout.default",)): _dropout,
        **{(name, ("aten.view.default",)): _other_shape for name in ("view", "reshape", "flatten")},
        ("flatten", ("aten.flatten.using_ints",)): _other_shape,
        ("transpose", ("aten.transpose.int",)): _other_order,
        ("permute", ("aten.permute.default",)): _other_order,
        ("embedding", ("aten.embedding.default",)): _rows_looked_up,
        ("argmax", ("aten.argmax.default",)): _place_of_maximum,
    }
)
