"""Claims on what an operation did, worked out from its node in another way than the sentences are."""

from __future__ import annotations

from explorer.record import Node


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(str(each) for each in shape)


def _numel(shape: tuple[int, ...]) -> int:
    product = 1
    for each in shape:
        product *= each
    return product


def _many(number: int, thing: str, things: str = "") -> str:
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def _did(node: Node) -> list[str]:
    """All that may be said of the operation; one of them must be what is said, or nothing is."""
    if node.raised or len(node.inputs) != 1 or len(node.outputs) != 1:
        return []
    given, made = node.inputs[0].shape, node.outputs[0].shape
    name, shapes = node.operation.rstrip("_"), [label.shape for _, label in node.parameters]
    sizes = f"from {_size(given)} to {_size(made)}"
    if name == "linear" and shapes:
        rows = _numel(given) // given[-1]
        each = "" if rows == 1 else f" for each of {rows:,} rows"
        bias = " and a bias" if (made[-1],) in shapes else ""
        return [f"makes {_many(made[-1], 'number')}{each}, each a weighted sum of {_many(given[-1], 'number')}{bias}"]
    if name in ("conv1d", "conv2d", "conv3d") and shapes:
        filters, depth, *window = shapes[0]
        channels = given[1 - (len(given) < len(shapes[0]))]
        over = _many(channels, "channel")
        over = over if depth == channels else f"{depth:,} of {over} each"
        return [f"slides {_many(filters, 'filter')} of size {_size(tuple(window))} over {over}"]
    images = f"from {_size(given[-2:])} to {_size(made[-2:])}"
    said = {
        "max_pool2d": f"takes the maximum of each window, {images}",
        "adaptive_avg_pool2d": f"takes the mean of each part of an image, {images}",
        "relu": "sets each number below 0 to 0 and leaves the others",
        "argmax": "finds the place of the maximum"
        if _numel(made) == 1
        else f"finds {_many(_numel(made), 'place')}, each of the maximum along one dimension",
        "transpose": f"puts the dimensions in another order, {sizes}",
        "permute": f"puts the dimensions in another order, {sizes}",
    }
    if name in ("view", "reshape", "flatten") and _numel(given) == _numel(made):
        return [f"puts the same {_many(_numel(given), 'number')} in another shape, {sizes}"]
    if name == "dropout" and node.drew:
        each = "its number" if _numel(given) == 1 else f"each of {_numel(given):,} numbers"
        return [f"draws at random for {each} whether it becomes 0"]
    if name == "embedding":
        each = "its index" if _numel(given) == 1 else f"each of {_numel(given):,} indices"
        return [f"looks up a row of {_many(made[-1], 'number')} for {each}"]
    return [said[name]] if name in said else []


def spelled(node: Node) -> list[str]:
    """Return how a sentence may tell of an operation."""
    plain = f"runs the operation `{node.operation}`"
    return [plain, *(f"{plain}, which {did}" for did in _did(node))]
