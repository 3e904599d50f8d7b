"""Pictures of tensors: in the river once the walk is there, and read by the pointer in the values."""

from __future__ import annotations

import pytest

from explorer.catalog import build
from explorer.catalog.building import example_inputs
from explorer.experiment import Experiment
from explorer.observe import observe
from explorer.record import Observation
from tests.browser.player.conftest import OpenFile
from tests.browser.player.looks import jump, press

SHOWN = "all => all.filter((one) => getComputedStyle(one).visibility === 'visible').length"


@pytest.fixture(scope="module")
def digits() -> Observation:
    return observe(Experiment(model="digits"))


def test_the_digit_goes_in_and_its_class_comes_out(open_file: OpenFile, digits: Observation) -> None:
    page = open_file(digits)
    assert page.locator(".river .input canvas").count() == 1, "three equal channels are one picture"
    pixels = page.locator(".river .input canvas").evaluate(
        "one => [...one.getContext('2d').getImageData(0, 0, one.width, one.height).data]"
    )
    assert len(pixels) == 4 * 28 * 28
    colours = zip(pixels[::4], pixels[1::4], pixels[2::4], strict=True)
    assert all(red <= green <= blue <= red + 20 for red, green, blue in colours), "an image is grey"
    assert page.locator(".river .output :is(.score, .answer)").evaluate_all(SHOWN) == 0, "it is still ahead"
    press(page, "End")
    torch_says = int(build("digits", training=False)(*example_inputs("digits")).argmax())
    assert page.locator(".river .output .answer").inner_text() == f": {torch_says}"
    assert page.locator(".river .class").all_text_contents() == [str(each) for each in range(10)]
    assert page.locator(".river .class.highest").text_content() == str(torch_says)
    said = page.locator(".river .output .face").get_attribute("aria-description") or ""
    assert said.endswith(f"the highest score is that of class {torch_says}")
    press(page, "Home")
    assert page.locator(".river .output :is(.score, .answer)").evaluate_all(SHOWN) == 0


def test_only_what_the_walk_is_past_is_filled(open_file: OpenFile, digits: Observation) -> None:
    page = open_file(digits)
    for at in (0, 30, 63, 100, len(digits.trace.steps) - 1):
        jump(page, at)
        for index, node in enumerate(digits.graph.nodes):
            filled = page.locator(f".river [data-key=n{index}] > .filled:not([data-ahead])").count()
            if page.locator(f".river [data-key=n{index}]").count():
                assert filled == (node.steps[1] <= at), (at, node.operation)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("model", ["digits", "recurrent", "transformer"])
def test_pictures_overlap_no_box_and_no_text(open_file: OpenFile, model: str, width: int) -> None:
    seen = observe(Experiment(model=model))
    page = open_file(seen, width=width)
    for part in (0, 0.4, 0.7, 1):
        jump(page, int(part * (len(seen.trace.steps) - 1)))
        overlaps = page.locator(".river li[data-key]:not(.open)").evaluate_all(
            """all => all.flatMap((item) => {
              const parts = [...item.querySelectorAll(':scope > .tensor > svg, :scope > .sizes, :scope > .face > *')];
              const boxes = parts.map((one) => one.getBoundingClientRect());
              const wide = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left);
              const high = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              const meet = (a, b) => wide(a, b) > 3 && high(a, b) > 3;
              return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => meet(a, b)).map(() => item.textContent));
            })"""
        )
        assert overlaps == []


def test_the_pointer_reads_a_number_with_its_index(open_file: OpenFile, digits: Observation) -> None:
    page = open_file(digits)
    canvas = page.locator(".values .picture canvas").first
    size = canvas.bounding_box()
    assert size is not None
    side = size["width"] / 28
    canvas.hover(position={"x": 13.5 * side, "y": 4.5 * side})
    number = float(example_inputs("digits")[0][0, 0, 4, 13])
    index, said = page.locator(".values .picture .readout").first.inner_text().split(" ≈ ")
    assert index == "[0, 0, 4, 13]"
    assert abs(float(said) - number) < 0.004


def test_units_that_dropout_set_to_zero_have_a_cross(open_file: OpenFile) -> None:
    seen = observe(Experiment(model="dropout"))
    page = open_file(seen)
    press(page, "End")
    crosses = page.locator(".river li:not(.open) .dropped").evaluate_all("all => all.map(one => one.getAttribute('d'))")
    drawn = [each.count("M") for each in crosses if each]
    zeros = seen.output.tensor.preview.count(0) if seen.output and seen.output.tensor else 0
    assert drawn == [zeros]
