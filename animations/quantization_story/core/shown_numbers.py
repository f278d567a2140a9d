"""Numbers as they are shown: in words, with a true minus sign, with as many decimals as their size asks for."""

from typing import Any

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number_word(count: int) -> str:
    """A small count in words, a larger one in figures."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def signed(value: float, digits: int = 2) -> str:
    """A number as it is shown: fixed digits, a true minus sign, and no minus before a zero."""
    shown = f"{value:.{digits}f}"
    if float(shown) == 0:
        shown = shown.removeprefix("-")
    return shown.replace("-", "−")


def pair(values: Any, digits: int = 2) -> str:
    """Coordinates as they are shown: (1.20, −0.35)."""
    return f"({', '.join(signed(float(value), digits) for value in values)})"


def percent(share: float, digits: int = 1) -> str:
    """A share from 0 to 1 as a percentage, without its sign: 99.5."""
    return f"{100 * share:.{digits}f}"


def decimals(largest: float) -> int:
    """How many decimals show numbers of up to this size: two, fewer for hundreds, more for hundredths."""
    if largest >= 100:
        return 0 if largest >= 1000 else 1
    return 2 if largest >= 0.1 or largest == 0 else 3 if largest >= 0.01 else 4
