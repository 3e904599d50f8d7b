"""Draw the sidebar's list of hooks: those registered, in order, each with a button that removes it, and a form.

The hooks are two parameters of the URL, `hook` and `at`. Two hidden text fields hold them: a bound field goes along
from page to page and comes back with the browser's back button, which a parameter of no widget does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import get_args

import streamlit as st

from explorer.catalog import Entry, submodule_paths
from explorer.catalog.hooks import ACTIONS, KINDS, action_sentence, location_of, options, options_of
from explorer.catalog.hooks.hook import Hook, HookAction, HookKind
from explorer.experiment import ExperimentError
from explorer.experiment.hooks import MAX_HOOKS
from explorer.experiment.settings import HOOKS, MODEL
from explorer.ui.shell import notices
from explorer.ui.shell.pages import UnusedSettings

OUTERMOST, EVERYWHERE = "(outermost)", "(every module)"
FORM = "_hook_form"  # key of the popover, and the start of its fields' keys
KIND, AT, ACTION = f"{FORM}_kind", f"{FORM}_at", f"{FORM}_action"
OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "with_kwargs": "It is given the keyword inputs too.",
        "prepend": "It goes before those that its module has already.",
        "always_call": "It runs even where an exception came first.",
    }
)


def draw_hook_list(chosen: Entry, unused: UnusedSettings) -> tuple[Hook, ...]:
    """Draw the list and return the hooks in it."""
    with st.container(key="carried"):  # page.css hides it: the fields are there for the URL alone
        for name in HOOKS.parameters:
            st.text_input(f"{name} of the address", key=name, bind="query-params")
    hooks = hooks_in_fields(chosen.key)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="hooks"):
        st.markdown("Hooks" if hooks else "Hooks: none", width="content")
        reason = unused.why if HOOKS.name in unused else _why_no_more(chosen, len(hooks))
        with st.popover(
            "Add a hook", icon=":material/add:", key=FORM, on_change="rerun", disabled=reason is not None, help=reason
        ):
            if reason is None:
                _form(chosen.key, hooks)
    if not hooks:
        return hooks
    with st.container(key="hook-lines", gap=None):
        for number in range(1, len(hooks) + 1):
            _line(hooks, number, disabled=HOOKS.name in unused)
    return hooks


def write_hooks(hooks: Sequence[Hook], model: str) -> None:
    """Put these hooks into the list. Call it before the fields are drawn, as in a callback."""
    params = HOOKS.to_params(tuple(hooks), model)
    st.session_state.update({name: params.get(name, "") for name in HOOKS.parameters})


def hooks_in_fields(model: str) -> tuple[Hook, ...]:
    """Return the hooks that the texts of the two fields stand for."""
    texts = {name: st.session_state[name] for name in HOOKS.parameters if st.session_state[name]}
    return HOOKS.read(texts, model)[0]


def _line(hooks: tuple[Hook, ...], number: int, *, disabled: bool) -> None:
    hook = hooks[number - 1]
    where = location_of(hook).replace("the outermost module", "outermost")
    options_ = "".join(f" · {name}" for name in options_of(hook))
    with st.container(horizontal=True, vertical_alignment="center", key=f"hook-line-{number}"):
        kind, action = KINDS[hook.kind].title, ACTIONS[hook.action].title
        st.markdown(f"**{number}** {kind} · {where} · {action}{options_}", width="stretch")
        st.button(
            f"Remove hook {number}",
            icon=":material/close:",
            type="tertiary",
            disabled=disabled,
            key=f"remove-hook-{number}",
            on_click=_remove,
            args=(hooks, number),
        )


def _form(model: str, hooks: Sequence[Hook]) -> None:
    kind: HookKind = st.selectbox("Kind", tuple(KINDS), format_func=lambda name: KINDS[name].title, key=KIND)
    paths = [path for path in submodule_paths(model) if path]
    at = st.selectbox(
        "Registered on",
        (OUTERMOST, EVERYWHERE, *paths),
        key=AT,
        help="On every module: a global hook, by `torch.nn.modules.module.register_module_…_hook`.",
    )
    action: HookAction = st.selectbox(
        "What it does", get_args(HookAction), format_func=lambda name: ACTIONS[name].title, key=ACTION
    )
    st.caption(action_sentence(kind, action))
    allowed = options(kind, at == EVERYWHERE)
    for name, meaning in OPTIONS.items():
        if name in allowed:
            st.checkbox(f"`{name}`", key=_flag(name), help=meaning)
    refusal = _refusal(model, (*hooks, _hook_in_form()))
    if refusal:
        st.warning(refusal)
    st.button(
        f"Register as hook {len(hooks) + 1}",
        type="primary",
        width="stretch",
        disabled=bool(refusal),
        key=f"{FORM}_add",
        on_click=_add,
    )


def _hook_in_form() -> Hook:
    """Return the hook that the form's fields show, without the options that torch does not take for it."""
    state = st.session_state
    kind, at = state[KIND], state[AT]
    allowed = options(kind, at == EVERYWHERE)
    flags = {name: state.get(_flag(name), False) for name in OPTIONS if name in allowed}
    return Hook("" if at in (OUTERMOST, EVERYWHERE) else at, state[ACTION], kind, at == EVERYWHERE, **flags)


def _flag(name: str) -> str:
    """Return the key of an option's field."""
    return f"{FORM}_{name}"


def _refusal(model: str, hooks: tuple[Hook, ...]) -> str:
    """Return why these cannot be registered together; "" where they can."""
    try:
        HOOKS.check(hooks, model)
    except ExperimentError as error:
        return str(error)
    return ""


def _why_no_more(chosen: Entry, count: int) -> str | None:
    """Return why no hook can be added; None where one can."""
    if chosen.kind != "module":
        return "Only an `nn.Module` takes hooks."
    return f"{MAX_HOOKS} hooks are the most: remove one first." if count >= MAX_HOOKS else None


def _add() -> None:
    """Register the hook that the form shows now.

    The reader may have chosen and pressed before the script drew what they chose: so all is read from the fields, and
    nothing is given along from when the button was drawn.
    """
    model = st.session_state[MODEL.parameter]
    hooks = (*hooks_in_fields(model), _hook_in_form())
    refusal = _refusal(model, hooks)
    if refusal:
        notices.add((refusal,))
        return
    st.session_state.update({FORM: False, KIND: "forward", AT: OUTERMOST, ACTION: "observe"})  # closed and as new
    st.session_state.update({_flag(name): False for name in OPTIONS if _flag(name) in st.session_state})
    write_hooks(hooks, model)


def _remove(drawn: tuple[Hook, ...], number: int) -> None:
    """Take the hook out whose line the reader saw with this number.

    drawn: the hooks as the lines showed them. Another may have gone since, so the hook is looked for among those that
    there are: of equal ones, the one with as many equal ones before it.
    """
    model = st.session_state[MODEL.parameter]
    hooks = hooks_in_fields(model)
    gone = drawn[number - 1]
    places = [index for index, hook in enumerate(hooks) if hook == gone]
    if places:
        index = places[min(drawn[: number - 1].count(gone), len(places) - 1)]
        write_hooks((*hooks[:index], *hooks[index + 1 :]), model)
