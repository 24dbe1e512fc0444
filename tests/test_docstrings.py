"""What a reader of help() finds."""

from __future__ import annotations

import inspect
from functools import cached_property

import pytest

import stocklevel as sl

CLASSES = [name for name in sl.__all__ if inspect.isclass(getattr(sl, name))]


def members(cls):
    """Methods and properties that a class or one of its bases here defines, with the name of the definer."""
    for base in cls.__mro__:
        if not base.__module__.startswith("stocklevel"):
            continue
        for name, held in vars(base).items():
            if name.startswith("_"):
                continue
            if isinstance(held, property):
                yield f"{base.__name__}.{name}", held.fget
            elif isinstance(held, cached_property):
                yield f"{base.__name__}.{name}", held.func
            elif isinstance(held, classmethod | staticmethod) or inspect.isfunction(held):
                yield f"{base.__name__}.{name}", inspect.unwrap(getattr(held, "__func__", held))


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_member_has_a_docstring_of_its_own(name):
    lacking = {
        label
        for label, function in members(getattr(sl, name))
        if not (function.__doc__ or "").strip()
    }
    assert not lacking
