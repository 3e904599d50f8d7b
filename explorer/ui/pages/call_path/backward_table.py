"""Draw the section on `loss.backward()`: which parameter got a gradient, or why none did."""

from __future__ import annotations

import streamlit as st

from explorer.record import Backward, Gradient, Observation
from explorer.ui.shell.markdown import escaped

HEAD = "| parameter | shape | gradient norm |\n| :-- | :-- | --: |\n"


def draw_backward(observation: Observation) -> None:
    """Draw the section; nothing where `backward()` is not a part of the run."""
    experiment = observation.experiment
    if experiment is None or not experiment.backward:
        return
    st.subheader("Backward", anchor=False)
    if observation.backward is None:
        st.markdown("The call raised, so there is no output to call `backward()` on.")
        return
    st.markdown(backward_words(observation.backward))
    if observation.backward.gradients:
        st.markdown(backward_table(observation.backward.gradients))


def backward_words(backward: Backward) -> str:
    """Return what `backward()` did, in a sentence or two of Markdown."""
    if backward.loss is None:
        return backward.reason or ""
    loss = f"The output's elements add up to a loss of {_number(backward.loss)}, and `loss.backward()`"
    if backward.error is not None:
        raised = f"{loss} raised **{backward.error.type}**: {escaped(backward.error.message.rstrip('.'))}."
        return f"{raised} {backward.reason}" if backward.reason else raised
    return f"{loss} reached {backward.reached} of {len(backward.gradients)} parameters."


def backward_table(gradients: tuple[Gradient, ...]) -> str:
    """Return a Markdown table with one row for each parameter."""
    return HEAD + "\n".join(
        f"| `{gradient.name}` | {escaped(str(list(gradient.shape)))} | {_norm(gradient.norm)} |"
        for gradient in gradients
    )


def _norm(norm: float | str | None) -> str:
    return "none" if norm is None else _number(norm)


def _number(number: float | str) -> str:
    return number if isinstance(number, str) else f"{number:.4g}"
