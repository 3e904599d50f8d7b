"""Many measurements in turn: each once for all readers, what was made stays, and the page is drawn before them."""

import threading

from streamlit.testing.v1 import AppTest

from explorer.ui.shell.measurements import Measurements
from tests.helpers import patience


def test_each_is_measured_once_however_many_ask():
    made = []
    measurements = Measurements(lambda key: made.append(key) or key * 2)
    start = threading.Barrier(8)

    def ask():
        start.wait()
        for key in range(20):
            measurements.measure_once(key)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(20))
    assert [measurements.get(key) for key in range(20)] == [key * 2 for key in range(20)]


def test_looking_measures_nothing():
    made = []
    measurements = Measurements(made.append)
    assert measurements.get(1) is None
    assert made == []


def test_a_measurement_that_raises_is_made_again():
    answers = iter([ZeroDivisionError("once"), "second"])

    def measure(key):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    measurements = Measurements(measure)
    try:
        measurements.measure_once("key")
    except ZeroDivisionError:
        assert measurements.get("key") is None
    measurements.measure_once("key")
    assert measurements.get("key") == "second"


def script() -> None:
    import streamlit as st

    from explorer.ui.shell.measurements import Measurements, measure_missing

    keys = ("one", "two", "three")
    made = st.session_state.setdefault("made", [])
    measurements = st.session_state.setdefault("measurements", Measurements(lambda key: made.append(key) or key))
    drawn = {key for key in keys if measurements.get(key) is not None}
    for key in st.session_state.get("others", ()):  # another reader's page, while this one draws
        measurements.measure_once(key)
    again = measure_missing(measurements, keys, drawn, lambda key: f"measuring {key}")
    st.session_state["seen"] = (sorted(drawn), again, list(made))


def test_what_is_there_is_not_measured_again():
    app = AppTest.from_function(script, default_timeout=patience.SECONDS).run()
    assert not app.exception
    assert app.session_state["seen"] == ([], True, ["one", "two", "three"])
    app.run()
    assert app.session_state["seen"] == (["one", "three", "two"], False, ["one", "two", "three"])


def test_what_another_page_measured_meanwhile_is_still_drawn():
    app = AppTest.from_function(script, default_timeout=patience.SECONDS)
    app.session_state["others"] = ("one", "two", "three")
    app.run()
    assert not app.exception
    assert app.session_state["seen"] == ([], True, ["one", "two", "three"])
