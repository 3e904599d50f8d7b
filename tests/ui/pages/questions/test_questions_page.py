"""The questions page, run as Streamlit runs it."""

from streamlit.testing.v1 import AppTest

from explorer.questions import QUESTIONS, Finding
from explorer.ui.pages.questions.page import count_sentence
from explorer.ui.pages.questions.payload import payload
from explorer.ui.shell.measurements import Measurements
from tests.helpers import patience


def script():
    from explorer.experiment import Experiment
    from explorer.ui.pages.questions.page import draw_page

    draw_page(Experiment())


def page():
    ran = AppTest.from_function(script, default_timeout=patience.SECONDS).run()
    assert not ran.exception
    return ran


def test_it_ends_with_all_of_them_counted():
    said = page().markdown[0].value
    assert f"**{len(QUESTIONS)} of {len(QUESTIONS)}** came out against what was believed." in said


def test_questions_that_have_run_are_not_run_again(monkeypatch):
    page()

    def measure_once(measurements, key):
        raise AssertionError(f"{key} is measured again")

    monkeypatch.setattr(Measurements, "measure_once", measure_once)
    page()


def test_what_is_said_is_chosen_by_what_came_out():
    question = QUESTIONS[0]
    drawn = {
        finding: payload({question: finding})["groups"][0]["questions"][0]
        for finding in (Finding(True, "so"), Finding(False, "otherwise"))
    }
    for finding, shown in drawn.items():
        assert shown["measured"] == finding.measured
        assert shown["shows"] == (question.shows if finding.refuted else None)
    assert payload({})["groups"][0]["questions"][0]["measured"] is None


def test_a_source_without_an_address_is_not_made_up():
    """Each is worded as a place only where one is named."""
    shown = {
        question["number"]: question["found_in"] for group in payload({})["groups"] for question in group["questions"]
    }
    for question in QUESTIONS:
        said = shown[question.number]
        assert said.endswith(".")
        assert all(place in said for place in question.found_in)
        assert said.startswith("Found in ") == bool(question.found_in)
        assert "common" not in " ".join(question.found_in)
    assert {number for number, said in shown.items() if not said.startswith("Found in")} == set(range(23, 28))


def test_nothing_is_said_to_be_settled_before_it_ran():
    for found in ({}, {QUESTIONS[0]: Finding(True, ".")}):
        assert "was settled" not in count_sentence(found)
        assert "in public" not in count_sentence(found)


def test_the_tally_counts_what_came_out():
    one, other = QUESTIONS[:2]
    assert "**1 of 2** came out against" in count_sentence({one: Finding(True, "."), other: Finding(False, ".")})
    assert "25 are still to run" in count_sentence({one: Finding(True, "."), other: Finding(False, ".")})
    assert "still to come" in count_sentence({})
