"""The player: one run of `model(x)`, walked through step by step in the browser.

`payload` turns a record into plain data, `component` puts the player on a Streamlit page, `export` saves it as a
single file. This package's root imports none of them, so that a record can be exported without Streamlit.
"""
