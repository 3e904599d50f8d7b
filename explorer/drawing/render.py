"""DOT into SVG, PNG and PDF, by Graphviz, which comes with pygraphviz's wheel.

Graphviz keeps settings and its parser's state in process-wide variables, and Streamlit draws from many threads. So what
is drawn in this process goes through one lock, and only small graphs are: none holds the lock for long. Any other is
drawn by a Python process of its own, which is ended when it takes too long.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pygraphviz

Format = Literal["svg", "png", "pdf"]

POINTS_PER_INCH = 72
PNG_DPI = 144  # two pixels for each point: sharp on a projector
PNG_PIXELS = 16_000_000  # 64 MB of colour while it is drawn
PNG_SIDE = 30_000  # cairo draws no side above 32,767 pixels

FONT = "Arial"  # measured alike by Helvetica and Liberation Sans, so a label fits its box on any machine
FONT_STACK = "Arial, Helvetica, 'Liberation Sans', sans-serif"

SMALL = 180  # lines of DOT, one for each box and each link: laid out in 30 ms, where a new process takes 100 ms
MOST_SECONDS = 1.5  # for what is laid out in a process of its own

_GRAPHVIZ = threading.Lock()
_APART = Path(__file__).with_name("draw_apart.py")
_NO_DOT = 2  # what that exits with
_REFUSED = "This text is no valid DOT, so Graphviz cannot draw it."
_SVG = "http://www.w3.org/2000/svg"
_SIZE = re.compile(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"')


def render(dot: str, file_format: Format) -> bytes:
    """Return the drawing as the bytes of a file, laid out by Graphviz's `dot`.

    A PNG has 144 pixels an inch, fewer where it would pass 16 million pixels. Raises ValueError where `dot` is no
    valid DOT, and TimeoutError where it takes too long.
    """
    if file_format != "png":
        return _draw(dot, file_format)
    width, height = size_of(_draw(dot, "svg"))  # in points
    area = math.sqrt(PNG_PIXELS / (width * height)) * POINTS_PER_INCH
    dpi = min(PNG_DPI, area, PNG_SIDE / max(width, height) * POINTS_PER_INCH)
    return _draw(dot, "png", f"-Gdpi={dpi:.2f}")


def size_of(svg: bytes) -> tuple[float, float]:
    """Return width and height in points of an SVG that Graphviz wrote."""
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("This SVG was not written by Graphviz: it has no size in points.")
    return float(found[1]), float(found[2])


def page_svg(svg: bytes, titles: Mapping[str, str], label: str, *, standalone: bool = False) -> str:
    """Return Graphviz's SVG as an element for a page.

    No prolog; a `viewBox` alone gives the size; no background; one CSS font family for all text; and `<title>`, which
    a browser shows and a screen reader speaks, says what `titles` holds for the element's id. `label` names the whole.
    standalone: keep size and background, for a file.
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        element.attrib.pop("font-family", None)
        element.attrib.pop("{http://www.w3.org/XML/1998/namespace}space", None)
        element.tail = None
        if element.tag != "text" and not (element.text or "").strip():
            element.text = None
    drawing = root.find("g")
    background = None if drawing is None else drawing.find("polygon")
    if drawing is None or background is None:
        raise ValueError("This SVG was not written by Graphviz: it holds no drawing.")
    for group in drawing.iter("g"):
        _set_title(group, titles.get(group.get("id", "")))
    _raise_names(drawing, background.get("fill", "none"))
    if not standalone:
        drawing.remove(background)
        del root.attrib["width"], root.attrib["height"]
    root.set("xmlns", _SVG)
    root.set("role", "img")
    root.set("aria-label", _in_xml(label))
    root.set("style", f"font-family: {FONT_STACK}")
    return ElementTree.tostring(root, encoding="unicode")


def _raise_names(drawing: ElementTree.Element, background: str) -> None:
    """Move the names of clusters to the top, with a halo of the background's colour: Graphviz draws links over them."""
    halo = {"paint-order": "stroke", "stroke": background, "stroke-width": "5", "stroke-linejoin": "round"}
    names = ElementTree.SubElement(drawing, "g", {"class": "names", **halo})
    for cluster in drawing.findall("g[@class='cluster']"):
        for text in cluster.findall("text"):
            cluster.remove(text)
            names.append(text)


def _set_title(group: ElementTree.Element, text: str | None) -> None:
    title = group.find("title")
    if title is None:
        return
    if text is None:
        group.remove(title)
    else:
        title.text = _in_xml(text)


def _in_xml(text: str) -> str:
    """Return text without control characters, which XML has no way to write, not even escaped."""
    return "".join(character if character.isprintable() else " " for character in text)


def _draw(dot: str, file_format: str, arguments: str = "") -> bytes:
    if dot.count("\n") > SMALL:
        return _draw_apart(dot, file_format, arguments)
    with _GRAPHVIZ:
        try:
            graph = pygraphviz.AGraph(string=dot)
        except ValueError as error:
            raise ValueError(_REFUSED) from error
        try:
            drawn = graph.draw(format=file_format, prog="dot", args=arguments)
        finally:
            graph.close()
    return bytes(drawn)


def _draw_apart(dot: str, file_format: str, arguments: str) -> bytes:
    """Return the drawing, made by a process of its own."""
    # Without the folder of the script on its path: modules there have the names of others.
    command = [sys.executable, "-P", str(_APART), file_format, *arguments.split()]
    try:
        done = subprocess.run(command, input=dot.encode(), capture_output=True, timeout=MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"Graphviz was not done in {MOST_SECONDS} s.") from error
    if done.returncode == _NO_DOT:
        raise ValueError(_REFUSED)
    if done.returncode != 0 or not done.stdout:
        raise RuntimeError(f"Graphviz failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout
