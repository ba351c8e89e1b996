"""Checks of single values of a run file. Each takes a value and returns it, or raises Wrong with what was expected."""

import math


class Wrong(Exception):
    """What was expected, as the end of a sentence."""


def is_number(value):
    """Whether it is a number that a double holds."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def integer(low, high):
    def check(value):
        if not is_number(value) or value != int(value) or not low <= value <= high:
            raise Wrong(f"a whole number from {low} to {high}")
        return int(value)

    return check


def real(low, high, above=False):
    def check(value):
        if not is_number(value) or not low <= value <= high or (above and value == low):
            raise Wrong(f"a number {'above' if above else 'from'} {low} {'up ' if above else ''}to {high}")
        return value

    return check


def pair(low, high, what=None):
    def check(value):
        fits = isinstance(value, list) and len(value) == 2 and all(is_number(v) and low <= v <= high for v in value)
        if not fits:
            raise Wrong(what or f"a pair of numbers from {low} to {high}")
        return value

    return check


def choice(*choices):
    def check(value):
        if value not in choices:
            raise Wrong(one_of(choices))
        return value

    return check


def flag(value):
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


def text(what):
    def check(value):
        if not isinstance(value, str) or not value.strip():
            raise Wrong(what)
        return value

    return check


def texts(what):
    def check(value):
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.strip() for v in value):
            raise Wrong(what)
        return value

    return check


def one_of(names):
    """Names as a sentence offers them."""
    return " or ".join(f'"{name}"' for name in names)
