"""A record written by hand, small enough to count on fingers.

Net.forward: block (a convolution, a batch norm that also counts, a residual `+=`), a forward hook on block that
doubles, pool, relu, a dropout that ran nothing, pool again.
"""

from explorer.record import Edge, Graph, ModuleCall, Node, TensorLabel

IMAGE = TensorLabel((1, 3, 8, 8), "float32")
HALF = TensorLabel((1, 3, 4, 4), "float32")
QUARTER = TensorLabel((1, 3, 2, 2), "float32")
SCALAR = TensorLabel((), "int64")


def call(index, module, module_class, number, parent, children=False):
    return ModuleCall(index, module, module_class, number, parent, (100 * index, 100 * index + 99), children)


CALLS = (
    call(0, "", "Net", 1, None, children=True),
    call(1, "block", "Block", 1, 0, children=True),
    call(2, "block.conv", "Conv2d", 1, 1),
    call(3, "block.bn", "BatchNorm2d", 1, 1),
    call(4, "pool", "MaxPool2d", 1, 0),
    call(5, "drop", "Dropout", 1, 0),
    call(6, "pool", "MaxPool2d", 2, 0),
)


def node(index, operation, call, inputs, outputs, kind="operation", in_hook=False):
    at = None if call is None else CALLS[call]
    return Node(
        id=f"n{index}",
        kind=kind,
        operation=operation,
        module=at.module if at else "",
        module_class=at.module_class if at else "",
        call=call,
        inputs=inputs,
        outputs=outputs,
        details=(),
        steps=(10 * index, 10 * index + 9),
        in_hook=in_hook,
        in_place=operation.endswith("_"),
    )


NODES = (
    node(0, "input", None, (), (IMAGE,), kind="input"),
    node(1, "conv2d", 2, (IMAGE,), (IMAGE,)),
    node(2, "add_", 3, (SCALAR,), (SCALAR,)),
    node(3, "batch_norm", 3, (IMAGE,), (IMAGE,)),
    node(4, "add_", 1, (IMAGE, IMAGE), (IMAGE,)),
    node(5, "mul", 1, (IMAGE,), (IMAGE,), in_hook=True),
    node(6, "max_pool2d", 4, (IMAGE,), (HALF,)),
    node(7, "relu", 0, (HALF,), (HALF,)),
    node(8, "max_pool2d", 6, (HALF,), (QUARTER,)),
    node(9, "output", None, (QUARTER,), (), kind="output"),
)

EDGES = tuple(
    Edge(source, target, tensor)
    for source, target, tensor in (
        ("n0", "n1", IMAGE),
        ("n1", "n3", IMAGE),
        ("n3", "n4", IMAGE),
        ("n0", "n4", IMAGE),
        ("n4", "n5", IMAGE),
        ("n5", "n6", IMAGE),
        ("n6", "n7", HALF),
        ("n7", "n8", HALF),
        ("n8", "n9", QUARTER),
    )
)

GRAPH = Graph(NODES, EDGES, CALLS)
