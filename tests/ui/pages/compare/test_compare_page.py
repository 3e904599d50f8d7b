"""The compare page, run as Streamlit runs it, without a browser."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from explorer import Experiment
from explorer.catalog import ENTRIES
from explorer.ui.pages.compare.cached import comparison
from explorer.ui.pages.compare.difference_words import difference_sentence
from explorer.ui.shell.right_side import right_side
from tests.helpers import patience


def script(**settings):
    from explorer.experiment import Experiment, Hook
    from explorer.ui.pages.compare.page import draw_page
    from explorer.ui.shell import notices

    hooks = tuple(Hook(*hook) for hook in settings.pop("hooks", ()))
    notices.show()
    draw_page(Experiment(hooks=hooks, **settings))


def page(with_=None, row=None, **settings):
    app = AppTest.from_function(script, kwargs=settings, default_timeout=patience.SECONDS)
    if with_ is not None:
        app.query_params["with"] = with_
    if row is not None:
        app.query_params["row"] = row
    app.run()
    assert not app.exception
    return app


def head(app):
    return next(part.value for part in app.markdown if part.value.startswith("**") and "iffer" in part.value)


def asked(app):
    found = app.query_params["with"]  # as the page has set it, or a list as the URL had it
    return found if isinstance(found, str) else found[0]


def results(app):
    table = app.table[0].value
    return {row["what"]: (row["left"], row["right"]) for row in table.to_dict("records")}


@pytest.mark.parametrize("key", ENTRIES)
def test_every_entry_opens(key):
    assert re.match(r"\*\*The steps differ in (one place|[\d,]+ places)\.\*\* ", head(page(model=key)))


PAIRS = {
    "call / forward": "Python looks for `__call__` on the left, for `forward` on the right.",
    "train / eval": "When `dropout` begins, `training` is `True` on the left and `False` on the right.",
    "grad / no_grad": "has `grad_fn` `AddmmBackward0` on the left and `None` on the right",
    "hook / none": "in `_call_impl` of the model: the left goes on at line",
}


@pytest.mark.parametrize(("name", "first"), PAIRS.items())
def test_one_click_gives_a_usual_pair(name, first):
    app = page(model="dropout")
    app.button(key=f"pair {name}").click().run()
    assert not app.exception
    both = comparison(Experiment(model="dropout"), right_side(Experiment(model="dropout"), asked(app))[0])
    assert first in difference_sentence(both, both.differences[0])
    assert "with" in app.query_params
    again = page(asked(app), model="dropout")
    assert head(again) == head(app)


def test_with_hooks_on_the_left_the_pair_takes_them_away():
    app = page(model="dropout", hooks=(("", "double"),))
    app.button(key="pair hook / none").click().run()
    assert asked(app) == "hook=none"
    assert results(app)["The forward hook `double` on the outermost module"] == ("fired once", "not registered")


def test_what_has_no_mode_and_no_hooks_is_not_offered_such_pairs():
    app = page(model="function")
    assert [app.button(key=f"pair {name}").disabled for name in PAIRS] == [False, True, False, True]


def test_the_right_sides_settings_are_in_the_url():
    app = page(model="dropout")
    app.number_input(key="right_seed").set_value(7).run()
    assert right_side(Experiment(model="dropout"), asked(app))[0] == Experiment(model="dropout", call="forward", seed=7)
    app.selectbox(key="right_grad").set_value("no_grad").run()
    app.selectbox(key="right_model").set_value("cnn").run()
    assert right_side(Experiment(model="dropout"), asked(app))[0] == Experiment(
        model="cnn", call="forward", seed=7, grad="no_grad"
    )
    assert not app.exception
    app.selectbox(key="right_training").set_value("eval").run()
    app.selectbox(key="right_hooks").set_value("one that observes").run()
    right = right_side(Experiment(model="dropout"), asked(app))[0]
    assert (right.training, len(right.hooks)) == (False, 1)


def test_two_settings_changed_before_the_page_is_drawn_again_are_both_kept():
    app = page(model="dropout")
    app.number_input(key="right_seed").set_value(7)
    app.selectbox(key="right_training").set_value("eval")
    app.selectbox(key="right_grad").set_value("no_grad").run()
    wanted = Experiment(model="dropout", call="forward", seed=7, training=False, grad="no_grad")
    assert right_side(Experiment(model="dropout"), asked(app))[0] == wanted


def test_a_setting_that_was_chosen_stays_though_the_left_has_it_too():
    app = page("mode=train&seed=1", model="dropout")
    app.number_input(key="right_seed").set_value(7).run()
    in_eval = Experiment(model="dropout", training=False)
    assert right_side(in_eval, asked(app)) == (Experiment(model="dropout", seed=7), ())


def test_a_run_is_held():
    app = page(model="dropout")
    held = next(button for button in app.button if button.label == "Copy the left's run here")
    held.click().run()
    assert "**No step differs.**" in head(app)
    assert right_side(Experiment(model="cnn", seed=5), asked(app)) == (Experiment(model="dropout"), ())


@pytest.mark.parametrize("text", ["nonsense", "mode=sideways", "model=gpt", "seed=-1", "a=b&c=d", "%00", "hook=,,,"])
def test_nonsense_in_the_url_is_a_sentence_and_a_default(text):
    app = page(text, model="cnn")
    assert any(part.value.startswith("The right side\\:") for part in app.warning)
    assert asked(app) != text
    assert right_side(Experiment(), asked(app))[1] == ()
    assert "iffer" in head(app)


@pytest.mark.parametrize("row", ["-1", "x", "100000"])
def test_a_row_that_is_none_is_a_sentence(row):
    app = page(row=row, model="simple")
    assert any("This pair has rows 0 to 25" in part.value for part in app.warning)
    assert "row" not in app.query_params


def test_a_row_of_another_pair_is_forgotten():
    app = page(row="12", model="simple")
    assert "row" in app.query_params
    app.button(key="pair train / eval").click().run()
    assert "row" not in app.query_params


def test_equal_sides_are_said_to_be_equal():
    app = page("call=call", model="cnn")
    assert "**No step differs.** Both sides ran the same 128 steps" in head(app)
    assert "**The outputs are equal**, bit for bit." in head(app)
    assert any(part.value == "Both sides ran the same statements, each as often." for part in app.markdown)


def test_sides_that_run_the_same_lines_another_number_of_times():
    """`model.forward(x)` leaves out one `__call__` of seven, and the others run its lines too."""
    app = page("call=forward", model="cnn")
    assert any(part.value == "Both sides ran the same statements, but not each as often." for part in app.markdown)
    (results,) = (table.value for table in app.table)
    counts = results.set_index("what").loc["Calls of modules"]
    assert (counts["left"], counts["right"]) == ("7", "6")


def test_a_backward_pass_on_one_side_is_said_above_the_table():
    app = page("backward=true", model="simple")
    assert "Only the right called `backward()`." in head(app)
    assert "No difference" not in head(app)


def test_the_tables_say_what_was_measured():
    app = page("hook=observe", model="simple")
    assert results(app)["The forward hook `observe` on the outermost module"] == ("not registered", "fired once")
    assert results(app)["Time per call"][0].split()[1] in ("s", "ms", "µs")
    assert any("bare calls of each side" in part.value for part in app.caption)
