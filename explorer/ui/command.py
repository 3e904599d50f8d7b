"""The command `inside-model`, which starts the app as `streamlit run app.py` does, from wherever it is installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from explorer import __version__

PACKAGED = Path(__file__).parent / "app" / "app.py"  # where the wheel has it, with its settings beside it
IN_CHECKOUT = Path(__file__).resolve().parents[2] / "app.py"

HELP = """\
Start the app "Inside model(x)" and open it in the browser.

  inside-model                                      the catalogue's models
  inside-model --model package.module:factory --input 1x3x28x28
                                                    a model of your own as well
  inside-model --server.port 8502                   with any option of `streamlit run`

Options of `streamlit run` have a dot in their name. All others, and all behind `--`, are the app's."""


def main() -> None:
    """Run the server until it is stopped. Ends the process with a sentence where Streamlit is not installed."""
    given = sys.argv[1:]
    if given in (["--help"], ["-h"], ["--version"]):
        print(__version__ if given == ["--version"] else HELP)
        return
    try:
        from streamlit.web import cli
    except ImportError:
        sys.exit("The app needs Streamlit and some more packages: pip install 'inside-model-x[app]'")
    for_streamlit, for_app = split_arguments(given)
    cli.main(["run", *for_streamlit, str(script()), "--", *for_app], prog_name="streamlit")


def script() -> Path:
    """Return the file that Streamlit runs: the installed one, or that of the checkout."""
    return PACKAGED if PACKAGED.exists() else IN_CHECKOUT


def split_arguments(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the arguments for Streamlit and those for the app, each in their order.

    Up to the first `--`, an option whose name has a dot is Streamlit's, with its value: `--server.port 8502` or
    `--server.port=8502`.
    """
    end = given.index("--") if "--" in given else len(given)
    for_streamlit: list[str] = []
    for_app: list[str] = []
    waiting = iter(given[:end])
    for argument in waiting:
        name, equals, _ = argument.partition("=")
        if name.startswith("--") and "." in name:
            for_streamlit.append(argument)
            if not equals:
                for_streamlit += [value for value in [next(waiting, None)] if value is not None]
        else:
            for_app.append(argument)
    return for_streamlit, [*for_app, *given[end + 1 :]]
