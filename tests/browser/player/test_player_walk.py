"""Moving through a record: on the hand-counted one, and on a real one against the record itself."""

from __future__ import annotations

import pytest

from explorer.catalog import ENTRIES
from explorer.drawing.forward_graph import draw
from explorer.experiment import Experiment, Hook
from explorer.observe import observe
from explorer.record import Observation
from tests.browser.player.conftest import OpenFile
from tests.browser.player.looks import changed, do, effects, jump, level, marks, press, step
from tests.helpers.toy import toy_observation


@pytest.fixture(scope="module")
def cnn() -> Observation:
    return observe(Experiment(model="cnn"))


def test_keys_move_one_step_and_no_further_than_the_ends(open_file: OpenFile) -> None:
    page = open_file(toy_observation())
    assert step(page) == 0
    assert [press(page, "ArrowRight") for _ in range(4)] == [1, 2, 7, 8]
    assert [press(page, "ArrowLeft") for _ in range(2)] == [7, 2]
    assert press(page, "End") == press(page, "ArrowRight") == 13
    assert press(page, "Home") == press(page, "ArrowLeft") == 0
    assert press(page, "Control+ArrowRight") == 0
    assert page.locator(".counter").inner_text() == "step 1 of 10"


def test_a_level_shows_the_steps_of_its_detail_and_keeps_the_place(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=8)
    level(page, 3)
    assert (step(page), page.locator(".count").inner_text()) == (8, "14")
    assert press(page, "Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight") == 4
    level(page, 2)
    assert step(page) == 2  # step 4 is not shown: the last shown one before it
    level(page, 1)
    assert (step(page), page.locator(".count").inner_text()) == (1, "3")


def test_a_link_to_a_hidden_step_shows_enough_detail(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=5)
    assert step(page) == 5
    assert page.locator("button[data-level='3']").get_attribute("aria-pressed") == "true"


def test_over_into_and_out(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=3)  # opens at full detail
    assert press(page, "ArrowLeft") == 2
    assert do(page, "over") == 7
    assert press(page, "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft") == 2
    assert do(page, "into") == 3
    assert do(page, "into") == 4
    assert do(page, "out") == 7
    assert do(page, "out") == 13


def test_over_into_and_out_by_letter(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=3)
    assert press(page, "ArrowLeft") == 2
    assert press(page, "o") == 7
    assert press(page, "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft") == 2
    assert press(page, "i", "i") == 4
    assert press(page, "Control+u") == press(page, "Shift+U") == 4
    assert press(page, "u") == 7
    assert press(page, "u") == 13
    for name in ("over", "into", "out"):
        letter = {"over": "O", "into": "I", "out": "U"}[name]
        assert f"({letter})" in str(page.locator(f"[data-do={name}]").get_attribute("title"))


def test_over_and_out_on_a_real_record(open_file: OpenFile, cnn: Observation) -> None:
    steps, frames = cnn.trace.steps, cnn.trace.frames
    shown = [one.index for one in steps if one.level <= 2]
    depth = {one.index: -1 if one.frame is None else frames[one.frame].depth for one in steps}
    page = open_file(cnn)
    for start in shown[1::17]:
        for name, limit in (("over", depth[start]), ("out", depth[start] - 1)):
            jump(page, start)
            wanted = next((index for index in shown if index > start and depth[index] <= limit), shown[-1])
            assert (do(page, name) if start != shown[-1] else start) == wanted


def test_what_just_ran_and_what_is_next(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=1)
    assert marks(page) == {1: "entered", 2: "next"}
    press(page, "ArrowRight")
    assert marks(page) == {2: "just ran", 3: "next"}  # the call it makes is hidden at this level
    level(page, 3)
    assert marks(page) == {2: "calls"}
    press(page, "End")
    assert marks(page) == {5: "returned"}


def test_a_statement_that_calls_changes_values_once_the_call_is_back(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=3)
    assert press(page, "ArrowLeft") == 2
    assert changed(page) == {}
    assert do(page, "over") == 7
    assert changed(page) == {"y": "new", "_": "new"}
    level(page, 2)
    assert press(page, "ArrowLeft") == 2
    assert changed(page) == {"y": "new"}
    assert press(page, "ArrowRight") == 7
    assert changed(page) == {"_": "new"}
    assert press(page, "ArrowRight", "ArrowRight", "ArrowRight") == 10
    assert changed(page) == {"y": "modified in place"}


def test_values_and_narration_tell_of_the_same_moment(open_file: OpenFile, cnn: Observation) -> None:
    steps, frames = cnn.trace.steps, cnn.trace.frames
    forward = next(one.index for one in frames if one.function == "CNN.forward")
    first, second, third = [one for one in steps if one.frame == forward and one.kind == "statement"][:3]
    page = open_file(cnn, step=second.index)
    narration = page.locator(".narration")
    assert marks(page) == {second.line: "calls"}
    assert effects(page) == {f"changed by line {first.line}": ["x"]}
    assert "x will become float32 [1, 16, 14, 14]" in narration.inner_text()
    jump(page, third.index)
    assert effects(page) == {f"changed by line {second.line}": ["x"]}


@pytest.mark.parametrize("detail", [1, 2, 3])
def test_what_has_become_is_what_the_marked_line_changed(open_file: OpenFile, detail: int) -> None:
    seen = observe(Experiment(model="cnn", hooks=(Hook(action="double", at="conv1"),)))
    page = open_file(seen)
    level(page, detail)
    told = 0
    for _ in range(int(page.locator(".player").get_attribute("data-count") or 0)):
        said = page.locator(".narration").inner_text()
        here = seen.trace.steps[step(page)]
        words = marks(page)
        if words.get(here.line) == "calls":
            assert "becomes" not in said
        if "x becomes" in said:
            told += 1
            assert words[here.line] == "just ran"
            assert "x" in effects(page)[f"changed by line {here.line}"]
        press(page, "ArrowRight")
    assert told or detail == 1


def test_lines_are_told_apart(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=7)

    def states() -> list[str]:
        return page.locator(".shown .line").evaluate_all("rows => rows.map(row => row.dataset.state)")

    assert states() == ["ran", "ran", "ran", "later", "later"]
    press(page, "ArrowRight")
    assert states() == ["ran", "ran", "ran", "ran", "later"]
    press(page, "ArrowLeft")
    assert states() == ["ran", "ran", "ran", "later", "later"]
    level(page, 3)
    press(page, "ArrowLeft")
    assert states() == ["ran", "ran", "not", "not", "not", "ran"]


def test_a_click_on_a_line_goes_round_its_runs(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=7)
    line = page.locator(".shown .line[data-line='4'] .text")
    seen = []
    for _ in range(3):
        line.click()
        seen.append(step(page))
    assert seen == [8, 10, 8]
    page.locator(".shown .line[data-line='1'] .text").click()
    assert step(page) == 1


def test_a_click_on_a_frame_goes_to_its_call(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), step=5)
    frames = page.locator(".frame")
    assert frames.all_inner_texts() == ["outer", "inner"]
    frames.last.click()
    assert step(page) == 3
    frames.first.click()
    assert step(page) == 1


def test_the_timeline_by_pointer_and_by_keyboard(open_file: OpenFile) -> None:
    page = open_file(toy_observation())
    bar = page.get_by_role("slider", name="Timeline")
    box = bar.bounding_box()
    assert box is not None
    bar.click(position={"x": box["width"] * 0.55, "y": 10})
    assert step(page) == 9  # the sixth of ten
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 10)
    page.mouse.up()
    assert step(page) == 2
    bar.focus()
    assert press(page, "ArrowRight") == 7
    assert bar.get_attribute("aria-valuenow") == "4"
    assert bar.get_attribute("aria-valuemax") == "10"
    assert press(page, "PageUp") == 13


def drawn_spans(seen: Observation) -> dict[str, list[tuple[int, int]]]:
    """The steps during which each element of the drawing runs."""
    drawing = draw(seen.graph, depth="operations", direction="LR", prefix="player")
    return {key: list(ranges) for key, ranges in {**drawing.spans, **drawing.module_spans}.items()}


def ends_of_statements(seen: Observation) -> list[int]:
    """For each step the last one of what its line does: of a statement, all until its frame goes on."""
    ends = list(range(len(seen.trace.steps)))
    latest: dict[int | None, int] = {}
    for one in seen.trace.steps:
        before = latest.get(one.frame)
        if before is not None and seen.trace.steps[before].kind == "statement":
            ends[before] = one.index - 1
        latest[one.frame] = one.index
    return ends


WALK_ALONG = """level => {
  const root = document.querySelector(".player");
  root.querySelector(`button[data-level="${level}"]`).click();
  root.querySelector("[data-do=first]").click();
  const found = [];
  for (;;) {
    const lit = [...root.querySelectorAll(".drawing [data-lit]")].map((one) => one.id);
    found.push([Number(root.dataset.step), lit]);
    if (root.querySelector("[data-do=forward]").disabled) return found;
    root.querySelector("[data-do=forward]").click();
  }
}"""


@pytest.mark.parametrize("model", [key for key in ENTRIES if ENTRIES[key].template != "large"])
def test_what_is_lit_is_what_the_code_shows(open_file: OpenFile, model: str) -> None:
    """At every position of every level of detail: what runs within the shown statement, and nothing else."""
    seen = observe(Experiment(model=model))
    spans, ends = drawn_spans(seen), ends_of_statements(seen)
    page = open_file(seen)
    for detail in (1, 2, 3):
        found = page.evaluate(WALK_ALONG, detail)
        assert [at for at, _ in found] == [one.index for one in seen.trace.steps if one.level <= detail]
        until = [*(at for at, _ in found[1:]), len(seen.trace.steps)]
        for (at, ids), following in zip(found, until, strict=True):
            last = min(ends[at], following - 1)
            wanted = {key for key, ranges in spans.items() if any(a <= last and b >= at for a, b in ranges)}
            assert set(ids) == wanted, (detail, at)
        if detail == 3:  # a coarser level shows no step of some operations: those after a frame that it leaves out
            assert {key for _, ids in found for key in ids} == {key for key, ranges in spans.items() if ranges}


def test_the_lit_node_is_in_view_and_marked_by_more_than_colour(open_file: OpenFile, cnn: Observation) -> None:
    drawing = draw(cnn.graph, depth="operations", direction="LR", prefix="player")
    page = open_file(cnn, width=1000, height=650)
    pane = page.locator(".drawing").bounding_box()
    assert pane is not None
    for key, ranges in drawing.spans.items():
        jump(page, ranges[0][0])
        node = page.locator(f"#{key}")
        box = node.bounding_box()
        assert box is not None
        assert pane["x"] <= box["x"] + box["width"] / 2 <= pane["x"] + pane["width"]
        assert pane["y"] <= box["y"] + box["height"] / 2 <= pane["y"] + pane["height"]
        assert node.locator(".here").count() == 1
        width = node.locator("> :is(path, polygon, ellipse)").first.evaluate("one => getComputedStyle(one).strokeWidth")
        assert float(width.removesuffix("px")) >= 4


def test_a_click_on_a_node_goes_to_its_first_step_or_to_what_the_level_shows_of_it(open_file: OpenFile) -> None:
    page = open_file(toy_observation())
    mul = page.locator(".drawing .node", has_text="mul")
    mul.click()
    assert (step(page), page.locator(".player").get_attribute("data-level")) == (2, "2")
    assert mul.get_attribute("data-lit") is not None
    level(page, 3)
    mul.click()
    assert step(page) == 5
    page.locator(".drawing .node", has_text="output").focus()
    assert press(page, "Enter") == 13


def test_a_click_on_a_node_leaves_the_level_alone(open_file: OpenFile, cnn: Observation) -> None:
    page = open_file(cnn)
    page.locator(".drawing .node", has_text="conv2d").nth(1).click()
    assert page.locator(".player").get_attribute("data-level") == "2"
    assert page.locator(".source .function").inner_text() == "Conv2d.forward"
    assert "self._conv_forward(" in page.locator(".shown .line[aria-current]").inner_text()


@pytest.mark.parametrize(
    ("asked", "said"),
    [(Experiment(model="cnn"), "The call of CNN is over"), (Experiment(model="cnn", size=32), "The exception leaves")],
    ids=["returned", "raised"],
)
def test_phases_reach_the_end_of_the_call(open_file: OpenFile, asked: Experiment, said: str) -> None:
    seen = observe(asked)
    page = open_file(seen)
    level(page, 1)
    assert press(page, "End") == len(seen.trace.steps) - 1
    assert page.locator(".narration").inner_text().startswith(said)
    assert page.locator(".timeline .failure").count() == (1 if seen.error else 0)


def test_a_phase_that_was_only_asked_for_has_a_look_of_its_own(open_file: OpenFile) -> None:
    """By hand: a full backward hook needs its set-up and its wiring; of pre-hooks and hooks there are none."""
    page = open_file(observe(Experiment(model="cnn", hooks=(Hook(kind="full_backward"),), backward=True)), step=6)
    looks = dict(
        page.locator(".phases li:visible").evaluate_all(
            "all => all.map(one => [one.firstChild.dataset.phase, one.className])"
        )
    )
    assert [name for name, look in looks.items() if look == "unentered"] == ["pre-hooks", "hooks"]
    assert [name for name, look in looks.items() if look == "skipped"] == []
    hooks = page.locator(".phase[data-phase=hooks]")
    assert "asked for, and there was none" in (hooks.get_attribute("title") or "")
    assert "∅" in hooks.evaluate("one => getComputedStyle(one, '::before').content")
    hooks.click()
    assert page.locator(".narration").inner_text().startswith("There is no forward hook")
    assert "line-through" not in hooks.evaluate("one => getComputedStyle(one).textDecorationLine")


def test_a_phase_of_the_strip_goes_to_its_start(open_file: OpenFile, cnn: Observation) -> None:
    frame = next(one for one in cnn.trace.frames if one.module == "conv1" and one.role == "call path")
    start = next(one.index for one in cnn.trace.steps if one.frame == frame.index)
    page = open_file(cnn, step=start)
    wanted = next(
        one.index
        for one in cnn.trace.steps[start:]
        if one.phase == "forward"
        and one.frame is not None
        and cnn.trace.frames[one.frame].function.endswith("_call_impl")
    )
    page.locator(".phase[data-phase=forward]").click()
    assert step(page) == wanted
    assert page.locator(".phase[data-phase=forward]").get_attribute("aria-current") == "step"
    assert page.locator(".phase[data-phase=hooks]").is_disabled()


def test_play_goes_at_the_chosen_speed_and_stops(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), clock=True)
    press(page, " ")
    assert page.locator("[data-do=play]").get_attribute("aria-pressed") == "true"
    page.clock.run_for(1150)
    assert step(page) == 1
    page.locator(".speed select").select_option("4")
    page.clock.run_for(1150 + 3 * 275)
    assert step(page) == 9
    assert press(page, "ArrowLeft") == 8  # taking over by hand ends the play
    page.clock.run_for(5000)
    assert step(page) == 8
    do(page, "play")
    page.clock.run_for(20_000)
    assert step(page) == 13
    assert page.locator("[data-do=play]").get_attribute("aria-pressed") == "false"


def test_space_plays_after_a_click_and_presses_a_button_reached_by_keyboard(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), clock=True)
    assert do(page, "forward") == 1
    assert press(page, " ") == 1
    assert page.locator("[data-do=play]").get_attribute("aria-pressed") == "true"
    press(page, " ")
    page.locator("[data-do=back]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert press(page, " ") == 0
