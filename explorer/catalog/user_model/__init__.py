"""A model of the reader's own: what makes it is registered once in a process, and it is an entry like the others.

The app registers what its command line names. Another program, a notebook for example, may register one itself:

    from explorer.catalog.user_model import load, read_request, register

    register(load(read_request("mypackage.mymodule:factory", ["1x3x28x28"])))

The entry's key is "own". No link and no control of a page registers anything.
"""

from __future__ import annotations

from explorer.catalog.user_model.inputs import UserModelError
from explorer.catalog.user_model.loading import USER_MODEL, UserModel, load
from explorer.catalog.user_model.registration import register, user_model
from explorer.catalog.user_model.request import ModelRequest, read_request

__all__ = [
    "USER_MODEL",
    "ModelRequest",
    "UserModel",
    "UserModelError",
    "load",
    "read_request",
    "register",
    "user_model",
]
