"""Moving through a record: on the hand-counted one, and on a real one against the record itself."""

from __future__ import annotations

import pytest

from explorer.catalog import ENTRIES
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


def spans_in_river(seen: Observation) -> dict[str, tuple[int, int]]:
    """The steps during which each operation and each module call runs, by their keys in the river."""
    operations = {f"n{index}": node.steps for index, node in enumerate(seen.graph.nodes)}
    return operations | {f"c{call.index}": call.steps for call in seen.graph.calls}


def boxes_around(seen: Observation) -> dict[str, list[str]]:
    """For each operation its own key in the river, and those of the module calls that it ran in."""
    found: dict[str, list[str]] = {}
    for index, node in enumerate(seen.graph.nodes):
        keys, call = [f"n{index}"], node.call
        while call is not None:
            keys.append(f"c{call}")
            call = seen.graph.calls[call].parent
        found[f"n{index}"] = keys
    return found


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
  const root = document.querySelector(".player"), river = root.querySelector(".river");
  root.querySelector(`button[data-level="${level}"]`).click();
  root.querySelector("[data-do=first]").click();
  const found = [];
  for (;;) {
    const all = [...river.querySelectorAll("[data-key]")], lit = all.filter((one) => one.hasAttribute("data-lit"));
    const station = river.querySelector(".station[aria-current]")?.textContent ?? null;
    const keys = [lit, all].map((some) => some.map((one) => one.dataset.key));
    found.push([Number(root.dataset.step), ...keys, station, root.dataset.phase]);
    if (root.querySelector("[data-do=forward]").disabled) return found;
    root.querySelector("[data-do=forward]").click();
  }
}"""


@pytest.mark.parametrize("model", [key for key in ENTRIES if ENTRIES[key].template != "large"])
def test_what_is_lit_is_what_the_code_shows(open_file: OpenFile, model: str) -> None:
    """At every position of every level of detail: what runs within the shown statement, and nothing else."""
    seen = observe(Experiment(model=model))
    spans, ends, around = spans_in_river(seen), ends_of_statements(seen), boxes_around(seen)
    page = open_file(seen)
    for detail in (1, 2, 3):
        found = page.evaluate(WALK_ALONG, detail)
        assert [at for at, *_ in found] == [one.index for one in seen.trace.steps if one.level <= detail]
        until = [*(at for at, *_ in found[1:]), len(seen.trace.steps)]
        for (at, lit, shown, station, phase), following in zip(found, until, strict=True):
            last = min(ends[at], following - 1)
            running = {key for key, (first, end) in spans.items() if first <= last and end >= at}
            assert set(lit) & set(spans) == running & set(shown), (detail, at)
            for operation in running & set(around):  # itself, or a box that it is in
                assert set(around[operation]) & set(lit) or any(key[0] in "rh" for key in lit), (detail, at, operation)
            assert station in (None, phase), (detail, at)


@pytest.mark.parametrize("model", [key for key in ENTRIES if ENTRIES[key].template != "large"])
def test_the_running_call_is_open_with_its_station(open_file: OpenFile, model: str) -> None:
    seen = observe(Experiment(model=model))
    page = open_file(seen)
    for at, _, shown, station, phase in page.evaluate(WALK_ALONG, 3):
        inside = [f"c{call.index}" for call in seen.graph.calls if call.steps[0] <= at <= call.steps[1]]
        assert set(inside) <= set(shown), at
        own = seen.graph.calls and at and phase and seen.trace.steps[at].frame is not None
        if own and inside and seen.trace.frames[seen.trace.steps[at].frame or 0].role == "call path":
            assert station == phase, at


def test_what_runs_is_in_view_and_marked_by_more_than_colour(open_file: OpenFile, cnn: Observation) -> None:
    page = open_file(cnn, width=1000, height=650)
    pane = page.locator(".river .drawing").bounding_box()
    assert pane is not None
    for index, node in enumerate(cnn.graph.nodes):
        jump(page, node.steps[0])
        item = page.locator(f".river [data-key=n{index}]")
        box = item.bounding_box()
        assert box is not None
        assert pane["x"] <= box["x"] + box["width"] / 2 <= pane["x"] + pane["width"]
        assert pane["y"] <= box["y"] + box["height"] / 2 <= pane["y"] + pane["height"]
        assert item.get_attribute("data-lit") is not None
        if node.kind == "operation":
            assert item.locator("> .face").evaluate("one => parseFloat(getComputedStyle(one).borderWidth)") >= 3
            assert "▼" in item.evaluate("one => getComputedStyle(one, '::before').content")


def test_what_is_ahead_is_an_outline_that_is_filled_when_the_walk_gets_there(
    open_file: OpenFile, cnn: Observation
) -> None:
    page = open_file(cnn)
    for at in (0, 5, 40, 91, len(cnn.trace.steps) - 1):
        jump(page, at)
        for item in page.locator(".river [data-key]").all():
            key = item.get_attribute("data-key") or ""
            first, _ = spans_in_river(cnn)[key]
            assert (item.get_attribute("data-ahead") is not None) == (first > at), (at, key)


def test_a_click_on_an_operation_goes_to_its_step(open_file: OpenFile) -> None:
    page = open_file(toy_observation())
    part = page.locator(".river [data-key=c1] > button")
    assert part.get_attribute("aria-expanded") == "false"
    part.click()
    assert page.locator(".river [data-key=c1] > button").get_attribute("aria-expanded") == "true"
    assert step(page) == 0, "opening a box does not move the walk"
    mul = page.locator(".river [data-key=n1] > button")
    mul.click()
    assert (step(page), page.locator(".player").get_attribute("data-level")) == (2, "2")
    level(page, 3)
    page.locator(".river [data-key=n1] > button").click()
    assert step(page) == 5
    page.locator(".river [data-key=n2] > button").focus()
    assert press(page, "Enter") == 13


def test_a_click_on_an_operation_leaves_the_level_alone(open_file: OpenFile, cnn: Observation) -> None:
    page = open_file(cnn)
    page.locator(".river [data-key=c3] > button").click()
    page.locator(".river [data-key=n4] > button").click()
    assert page.locator(".player").get_attribute("data-level") == "2"
    assert page.locator(".source .function").inner_text() == "Conv2d.forward"
    assert "self._conv_forward(" in page.locator(".shown .line[aria-current]").inner_text()


def test_the_walk_opens_what_it_enters_and_folds_what_it_leaves(open_file: OpenFile, cnn: Observation) -> None:
    page = open_file(cnn)
    conv1 = page.locator(".river [data-key=c1] > button")
    inside, after = cnn.graph.calls[1].steps[0], cnn.graph.calls[1].steps[1] + 1
    jump(page, inside)
    assert conv1.get_attribute("aria-expanded") == "true"
    assert page.locator(".river .station[aria-current]").inner_text() == page.locator(".player").get_attribute(
        "data-phase"
    )
    conv1.click()
    assert conv1.get_attribute("aria-expanded") == "false", "a reader may close what runs"
    jump(page, after)
    assert conv1.get_attribute("aria-expanded") == "false"
    jump(page, inside)
    assert conv1.get_attribute("aria-expanded") == "true", "entered anew, it opens"


def test_what_glides_brings_no_scroll_bar(open_file: OpenFile, cnn: Observation) -> None:
    page = open_file(cnn, width=1400)
    page.emulate_media(reduced_motion="no-preference")
    pane = page.locator(".river .drawing")
    page.keyboard.press("End")
    browser = page.context.new_cdp_session(page)
    browser.send("Animation.enable")
    browser.send("Animation.setPlaybackRate", {"playbackRate": 0.001})  # it glides for as long as the test looks
    jump(page, cnn.graph.calls[1].steps[0])
    assert pane.evaluate("one => one.getAnimations({ subtree: true }).length") > 0
    assert pane.evaluate("one => getComputedStyle(one).overflowX") == "clip"
    browser.send("Animation.setPlaybackRate", {"playbackRate": 1})
    pane.evaluate("one => Promise.all(one.getAnimations({ subtree: true }).map((each) => each.finished)).then(() => 0)")
    page.emulate_media(reduced_motion="reduce")
    page.keyboard.press("End")
    assert pane.evaluate("one => one.getAnimations({ subtree: true }).length") == 0


def test_a_station_goes_to_its_first_step(open_file: OpenFile, cnn: Observation) -> None:
    page = open_file(cnn, step=cnn.graph.calls[1].steps[0])
    page.locator(".river .station", has_text="any hook?").click()
    assert page.locator(".player").get_attribute("data-phase") == "any hook?"
    assert page.locator(".river .station[aria-current]").inner_text() == "any hook?"


def test_arrows_go_from_box_to_box_once_the_river_is_reached_by_keyboard(open_file: OpenFile, cnn: Observation) -> None:
    page = open_file(cnn, width=1700)
    focused = "document.activeElement.closest('[data-key]')?.dataset.key ?? null"
    page.locator(".timeline").focus()
    page.keyboard.press("Tab")
    while page.evaluate(focused) is None:
        page.keyboard.press("Tab")
    assert page.evaluate(focused) == "n0"
    before = step(page)
    for key, wanted in (
        ("ArrowRight", "c0"),
        ("ArrowDown", "c1"),
        ("ArrowRight", "n2"),
        ("End", "c6"),
        ("Home", "c1"),
        ("ArrowUp", "c0"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(focused) == wanted, key
    assert step(page) == before, "the arrows move the focus, not the walk"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "c1"
    assert page.locator(".river [data-key=c1] > button").get_attribute("aria-expanded") == "true"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(focused) is None, "the river is one stop"


def test_a_hook_is_a_box_where_it_runs(open_file: OpenFile) -> None:
    hooks = (Hook(at="", kind="forward_pre"), Hook(at="relu", action="double"), Hook(at="fc1"))
    hooked = observe(Experiment(model="feedforward", hooks=hooks))
    page = open_file(hooked)
    frames = [frame.index for frame in hooked.trace.frames if frame.role == "hook"]
    assert len(frames) == 3
    for index in frames:
        jump(page, next(one.index for one in hooked.trace.steps if one.frame == index))
        assert page.locator(f".river [data-key=h{index}]").get_attribute("data-lit") is not None


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
