"""Paths that a user wrote."""

import os


def expand_home(path: str) -> str:
    """A path with ~ or ~user in front as the home folder that it means; shells expand it only where a word begins.

    Where there is no such user it stays as it is.
    """
    return os.path.expanduser(path)  # noqa: PTH111 - pathlib raises where there is no such user
