"""The map page, run as Streamlit runs it: at once with this run, then with all presets, and its marks from runs."""

import re
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from explorer import Experiment, Hook, observe
from explorer.presets import PRESET_GROUPS, PRESETS
from explorer.reading import call_map
from explorer.ui.pages.call_map.page import count_sentence
from explorer.ui.pages.call_map.payload import ReachedStatements, payload
from explorer.ui.shell.measurements import Measurements
from tests.helpers import patience


def script(**settings):
    from explorer.experiment import Experiment, Hook
    from explorer.ui.pages.call_map.page import draw_page

    hooks = tuple(Hook(*hook) for hook in settings.pop("hooks", ()))
    draw_page(Experiment(hooks=hooks, **settings))


def page(**settings):
    ran = AppTest.from_function(script, kwargs=settings, default_timeout=patience.SECONDS).run()
    assert not ran.exception
    return ran


@pytest.fixture(scope="module")
def atlas():
    """What the page draws in the end, for a run with a hook."""
    experiment = Experiment(model="simple", hooks=(Hook(action="double"),))
    return ReachedStatements(
        experiment,
        call_map.reached(observe(experiment)),
        {preset: call_map.reached(observe(preset.experiment)) for preset in PRESETS},
    )


@pytest.mark.slow
def test_the_count_sentence_is_counted_and_ends_complete(atlas):
    text = page(model="simple", hooks=(("", "double"),)).markdown[0].value
    assert text == count_sentence(atlas)
    ran = set().union(*atlas.presets.values())
    assert re.findall(r"\*\*(.+?)\*\*", text) == [
        f"{len(ran)} of {len(call_map.mapped_statements())}",
        str(len(atlas.this_run)),
    ]


def test_before_the_presets_have_run_the_page_says_so(atlas):
    begun = ReachedStatements(atlas.experiment, atlas.this_run, {PRESETS[0]: atlas.presets[PRESETS[0]]})
    assert f"so far, after 1 of {len(PRESETS)} presets" in count_sentence(begun)
    places = [place for region in payload(begun)["regions"] for place in region["places"]]
    assert {place["why"] for place in places} == {None}  # nothing is said to be beyond reach yet
    assert not payload(begun)["complete"]


def test_presets_that_have_run_are_not_run_again(monkeypatch):
    page()

    def measure_once(measurements, key):
        raise AssertionError(f"{key} is measured again")

    monkeypatch.setattr(Measurements, "measure_once", measure_once)
    page()


def test_the_marks_are_those_of_the_runs(atlas):
    drawn = payload(atlas)
    places = {place["first"]: place for region in drawn["regions"] for place in region["places"]}
    assert places.keys() == call_map.mapped_statements().keys()
    for first, place in places.items():
        assert (place["step"] is not None) == (first in atlas.this_run)
        assert [number for number, _ in place["by"]] == [
            number for number, preset in enumerate(PRESETS) if first in atlas.presets[preset]
        ]
        assert (place["why"] is None) == bool(place["by"] or place["step"] is not None)
        for number, step in place["by"]:
            assert atlas.presets[PRESETS[number]][first] == step


def test_a_statement_that_only_this_run_executes_is_no_mystery(atlas):
    """With presets that reach less, a run of the reader's own still has its marks."""
    few = ReachedStatements(atlas.experiment, atlas.this_run, {preset: {} for preset in PRESETS})
    places = [place for region in payload(few)["regions"] for place in region["places"]]
    assert all((place["why"] is None) == (place["step"] is not None) for place in places)


def test_every_preset_is_listed_with_its_link(atlas):
    drawn = payload(atlas)
    assert [name for name, _ in drawn["groups"]] == list(PRESET_GROUPS)
    assert sorted(number for _, members in drawn["groups"] for number in members) == list(range(len(PRESETS)))
    assert drawn["counts"] == [len(atlas.presets[preset]) for preset in PRESETS]
    for preset, shown in zip(PRESETS, drawn["presets"], strict=True):
        params = dict(parse_qsl(shown["link"].removeprefix("./").removeprefix("?")))
        assert Experiment.from_params(params) == (preset.experiment, ())


@pytest.mark.slow
def test_the_source_is_the_installed_one(atlas):
    import linecache

    for region in payload(atlas)["regions"]:
        for at, (_, text, _) in enumerate(region["lines"]):
            assert linecache.getline(call_map.MODULE_FILE, region["first"] + at).strip() == text.strip()
