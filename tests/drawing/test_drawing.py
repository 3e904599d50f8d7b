"""The drawing as a browser and a reader get it: read back from the SVG, not from the code that made it."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from explorer.drawing.forward_graph import draw
from explorer.drawing.palette import DARK, LIGHT
from explorer.record import Graph, ModuleCall, Node, TensorLabel
from tests.helpers.hand_made_graphs import CALLS, EDGES, GRAPH, HALF, IMAGE, NODES, node

SVG = "{http://www.w3.org/2000/svg}"
XML_ID = re.compile(r"[A-Za-z_][\w.-]*")


def parsed(drawing):
    return ElementTree.fromstring(drawing.svg)


def groups(drawing, kind):
    return {group.get("id"): group for group in parsed(drawing).iter(f"{SVG}g") if group.get("class") == kind}


def texts(element):
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("depth", ["operations", "leaf", "top"])
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_every_span_is_a_node_of_the_svg(depth, direction):
    drawing = draw(GRAPH, depth, "light", direction)
    assert set(groups(drawing, "node")) == set(drawing.spans)
    assert set(groups(drawing, "cluster")) == set(drawing.module_spans)
    ids = [element.get("id") for element in parsed(drawing).iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(XML_ID.fullmatch(name) for name in ids)


def test_spans_are_the_steps_of_the_record():
    operations, top = draw(GRAPH, "operations"), draw(GRAPH, "top")
    assert operations.spans["graph-n4"] == ((40, 49),)
    assert top.spans["graph-call1"] == ((100, 199),)
    assert operations.module_spans["graph-in1"] == ((100, 199),)


@pytest.mark.parametrize(("depth", "edges"), [("operations", 9), ("leaf", 9), ("top", 6)])
def test_every_edge_is_drawn_once(depth, edges):
    assert len(groups(draw(GRAPH, depth), "edge")) == edges


def test_two_drawings_on_one_page_share_no_id():
    ids = [
        {element.get("id") for element in parsed(draw(GRAPH, prefix=prefix)).iter() if element.get("id")}
        for prefix in ("left", "right")
    ]
    assert not ids[0] & ids[1]


def test_equal_graphs_give_equal_drawings():
    assert draw(GRAPH).svg == draw(GRAPH).svg


@pytest.mark.parametrize("prefix", ["", "1a", 'a"b', "a b", "a_b"])
def test_a_prefix_that_is_no_id_is_refused(prefix):
    with pytest.raises(ValueError, match="prefix"):
        draw(GRAPH, prefix=prefix)


@pytest.mark.parametrize(("argument", "word"), [("depth", "depth"), ("theme", "theme"), ("direction", "direction")])
def test_an_unknown_choice_is_named(argument, word):
    with pytest.raises(ValueError, match=word):
        draw(GRAPH, **{argument: "nonsense"})


def test_the_svg_fits_a_page():
    svg = draw(GRAPH).svg
    root = ElementTree.fromstring(svg)
    assert svg.startswith("<svg")
    assert root.get("viewBox")
    assert root.get("width") is None
    assert root.get("height") is None
    assert root.get("aria-label")
    assert not list(root.iter(f"{SVG}script"))
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    drawing = root.find(f"{SVG}g")
    assert drawing.find(f"{SVG}polygon") is None  # no background
    assert "font-family:" in root.get("style")


def test_a_saved_svg_stands_alone():
    root = ElementTree.fromstring(draw(GRAPH, theme="dark").file("svg"))
    assert root.get("width").endswith("pt")
    assert root.find(f"{SVG}g/{SVG}polygon").get("fill") == DARK.background


def test_no_text_is_small():
    sizes = [float(text.get("font-size")) for text in parsed(draw(GRAPH)).iter(f"{SVG}text")]
    assert sizes
    assert min(sizes) >= 14


def test_a_nodes_name_is_bold_and_its_shape_is_there():
    drawn = groups(draw(GRAPH), "node")["graph-n1"]
    first, *rest = list(drawn.iter(f"{SVG}text"))
    assert (first.text, first.get("font-weight")) == ("conv2d", "bold")
    assert [text.text for text in rest] == ["block.conv · Conv2d", "[1, 3, 8, 8]"]


def test_clusters_nest_as_the_calls_do():
    clusters = groups(draw(GRAPH), "cluster")
    named = parsed(draw(GRAPH)).find(f".//{SVG}g[@class='names']")
    assert set(clusters) == {"graph-in0", "graph-in1", "graph-in3"}  # the other calls ran one operation each
    assert texts(named) == ["Net", "block · Block", "block.bn · BatchNorm2d"]
    boxes = {name: bounds(cluster) for name, cluster in clusters.items()}
    assert within(boxes["graph-in1"], boxes["graph-in0"])
    assert within(boxes["graph-in3"], boxes["graph-in1"])
    nodes = {name: bounds(group) for name, group in groups(draw(GRAPH), "node").items()}
    assert within(nodes["graph-n2"], boxes["graph-in3"])
    assert within(nodes["graph-n5"], boxes["graph-in1"])
    assert not within(nodes["graph-n7"], boxes["graph-in1"])
    assert not within(nodes["graph-n0"], boxes["graph-in0"])


def bounds(group):
    """Of the first shape in it: left, top, right, bottom."""
    ellipse = group.find(f"{SVG}ellipse")
    if ellipse is not None:
        x, y, rx, ry = (float(ellipse.get(name)) for name in ("cx", "cy", "rx", "ry"))
        return x - rx, y - ry, x + rx, y + ry
    shape = next(element for element in group if element.tag in (f"{SVG}path", f"{SVG}polygon"))
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", shape.get("d") or shape.get("points"))]
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


def within(inner, outer):
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def test_kinds_differ_by_shape_not_by_hue_alone():
    nodes = groups(draw(GRAPH), "node")

    def look(name):
        shapes = [element for element in nodes[name] if element.tag != f"{SVG}text" and element.tag != f"{SVG}title"]
        return [element.tag.removeprefix(SVG) for element in shapes], shapes[0].get("stroke-dasharray") is not None

    looks = {"input": look("graph-n0"), "operation": look("graph-n1"), "in place": look("graph-n4")}
    looks |= {"hook": look("graph-n5"), "output": look("graph-n9")}
    assert all(looks[one] != looks[other] for one in looks for other in looks if one != other)
    assert looks["hook"][1]
    assert "hook on block" in texts(nodes["graph-n5"])


def test_titles_say_it_in_words():
    drawing = draw(GRAPH, "leaf")
    nodes = groups(drawing, "node")
    assert (
        nodes["graph-call6"].find(f"{SVG}title").text == "MaxPool2d: module pool, call 2; [1, 3, 4, 4] → [1, 3, 2, 2]"
    )
    assert "hook of block" in nodes["graph-n5"].find(f"{SVG}title").text
    edge = groups(drawing, "edge")["graph-edge0"]
    assert edge.find(f"{SVG}title").text == "input → Conv2d: float32 [1, 3, 8, 8]"


NASTY = '<b>&amp;"\\N\\G\\L</b>\\'


@pytest.mark.parametrize("name", [NASTY, "<x>", "a\nb\tc", "", "\\", "é ✓ 漢", "x" * 300, "-->", "]]>", "\x00"])
def test_any_name_is_text_and_nothing_else(name):
    calls = (ModuleCall(0, name, name, 1, None, (0, 9), True),)
    nodes = tuple(Node(f"n{i}", "operation", name, name, name, 0, (IMAGE,), (IMAGE,), (), (1, 2)) for i in range(2))
    for depth in ("operations", "leaf"):
        shown = texts(parsed(draw(Graph(nodes, (), calls), depth)))
        if name in (NASTY, "<x>", "é ✓ 漢", "-->", "]]>", "\\"):
            assert shown.count(name) == 2
            assert f"{name} · {name}" in shown


def test_an_operation_with_two_results_says_which_went_where():
    two = node(6, "max_pool2d", 4, (IMAGE,), (HALF, TensorLabel((7,), "float32")))
    graph = Graph((*GRAPH.nodes[:6], two, *GRAPH.nodes[7:]), GRAPH.edges, GRAPH.calls)
    edges = groups(draw(graph), "edge")
    assert [text.strip() for text in texts(edges["graph-edge6"])] == ["[1, 3, 4, 4]"]
    assert texts(edges["graph-edge0"]) == []


@pytest.mark.parametrize("depth", ["operations", "leaf"])
def test_what_raised_is_told_by_a_word_and_a_thick_edge(depth):
    nodes = (*NODES[:8], replace(NODES[8], raised=True, outputs=()))
    drawing = draw(Graph(nodes, EDGES[:8], CALLS), depth)
    drawn = groups(drawing, "node")
    name = {"operations": "graph-n8", "leaf": "graph-call6"}[depth]
    told = {key for key, group in drawn.items() if "raised" in texts(group)}
    thick = {key for key, group in drawn.items() if any(path.get("stroke-width") == "4" for path in group.iter())}
    assert told == thick == {name}
    assert ", raised" in drawing.titles[name]


def test_an_empty_graph_is_a_drawing_too():
    assert draw(Graph((), (), ())).svg.startswith("<svg")


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(palette):
    assert contrast(palette.text, palette.background) >= 4.5
    assert contrast(palette.edge, palette.background) >= 3
    for paint in palette.roles.values():
        assert contrast(palette.text, paint.fill) >= 7  # projected
        assert contrast(paint.line, palette.background) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_svg_uses_the_themes_colours_only(theme):
    palette = LIGHT if theme == "light" else DARK
    known = {palette.background, palette.text, palette.edge, "none"}
    known |= {colour for paint in palette.roles.values() for colour in (paint.fill, paint.line)}
    root = parsed(draw(GRAPH, theme=theme))
    used = {element.get(name) for element in root.iter() for name in ("fill", "stroke")} - {None}
    assert used <= known
    assert all(text.get("fill") == palette.text for text in root.iter(f"{SVG}text"))
