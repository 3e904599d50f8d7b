"""Which run stands on the right of the compare page: the left's, with some settings changed.

The URL's parameter `with` is a query string of its own, `call=forward` or `model=simple&seed=3`. What it names is the
right's own and stays; what it leaves out follows the left. Naming everything fixes a run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from explorer.experiment import Experiment
from explorer.experiment.checks import short_repr
from explorer.experiment.settings import CALL, HOOKS, MODEL, SETTINGS
from explorer.ui.shell import url
from explorer.ui.shell.pages import COMPARE

(RIGHT_SIDE,) = COMPARE.parameters  # "with"
LONGEST_RIGHT_SIDE = 1000  # characters of the parameter that are looked at


def right_side(left: Experiment, text: str | None) -> tuple[Experiment, tuple[str, ...]]:
    """Return the run that `with` asks for, and a sentence for each part that was not understood. Never raises.

    Where nothing is asked for, or nothing of it is understood, it is the left called the other way.
    """
    if text is None:
        return called_the_other_way(left), ()
    given = named_params(text)
    if not given:
        example = "with must name settings, as in with=call%3Dforward"
        sentence = f"{example}; {short_repr(text)} names none. Used instead: the other way to call."
        return called_the_other_way(left), (sentence,)
    known = {name: value[: url.LONGEST_PARAMETER] for name, value in given.items() if name in url.SETTING_PARAMETERS}
    unknown = tuple(
        f"with names {short_repr(name)}, which is no setting of a run." for name in given if name not in known
    )
    if not known:
        return called_the_other_way(left), unknown
    right, refused = url.experiment_of({**_followed(left, known), **known})
    return right, (*unknown, *refused)


def called_the_other_way(left: Experiment) -> Experiment:
    """Return the same run with `forward` in place of the call, or the other way round."""
    return replace(left, call="forward" if left.call == "call" else "call")


def named_params(text: str) -> dict[str, str]:
    """Return the parameters in a query string; a whole link will do."""
    return dict(parse_qsl(text[:LONGEST_RIGHT_SIDE].rpartition("?")[2], keep_blank_values=True))


def right_side_text(left: Experiment, right: Experiment, always_named: Collection[str] = ()) -> str:
    """Return the shortest `with` that stands for this right side beside this left.

    always_named: parameters that it names even where the right side's value is the left's.
    """
    followed = left if left.model == right.model else url.on_another_model(left, right.model)[0]
    named: dict[str, str] = {}
    for setting in SETTINGS:
        value = getattr(right, setting.name)
        params = setting.write(value)
        # Hooks are named also where the left's, which the model cannot have, were given up.
        base = left if setting in (MODEL, HOOKS) else followed
        if value != getattr(base, setting.name) or set(always_named) & params.keys():
            named |= params
    return urlencode(named or CALL.write(right.call))


def all_params(experiment: Experiment) -> dict[str, str]:
    """Return the parameters of every setting that the run has, those that equal the default too."""
    params: dict[str, str] = {}
    for setting in SETTINGS:
        params |= setting.write(getattr(experiment, setting.name))
    return params


def _followed(left: Experiment, given: Mapping[str, str]) -> dict[str, str]:
    """Return what the right takes over from the left: all that fits its model.

    Of a setting that the right names, nothing is taken over: no path of the left's for hooks of the right's own.
    """
    model, _ = MODEL.read({MODEL.parameter: left.model, **given}, "")
    params = (left if model == left.model else url.on_another_model(left, model)[0]).to_params()
    for setting in SETTINGS:
        if setting.parameter in given:
            for parameter in setting.parameters:
                params.pop(parameter, None)
    return params
