"""A page with the player and the controls that could get in its way, for the tests."""

from __future__ import annotations

import streamlit as st

from explorer.experiment import Experiment
from explorer.observe import observe
from explorer.ui.player.component import show_player

st.set_page_config(layout="wide")
with st.sidebar:
    model = st.radio("Model", ["cnn", "simple", "batchnorm"])
    training = st.toggle("Training mode", value=True)
    grad = st.segmented_control("Grad", ["enabled", "no_grad"], default="enabled", required=True)
    st.text_input("Name")
    seed = int(st.selectbox("Seed", ["0", "1", "2"]))
    st.slider("Number", 0, 10)
asked_for = st.query_params.get("step", "0")
observation = observe(Experiment(model=model, training=training, grad=grad, seed=seed))
asked = show_player(observation, key="player", step=int(asked_for))
if asked is not None:
    st.query_params["step"] = str(asked[0])
if "two" in st.query_params:
    show_player(observation, key="second")
st.text(f"seen: {model} {training} {grad} {seed}")
