"""How colours are seen: contrast, lightness, and what is left of a difference without one of the three kinds of cones.

Deficiencies: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A physiologically-based model for simulation of color
vision deficiency", IEEE TVCG 15(6), 2009, severity 1, on linear RGB. Contrast: WCAG 2. Distances: CIE 1976 L*a*b*, D65.
"""

import numpy as np

DEFICIENCIES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
# Linear sRGB to CIE XYZ, divided by the white point D65.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
TO_XYZ = TO_XYZ / TO_XYZ.sum(axis=1, keepdims=True)


def linear(color: str) -> np.ndarray:
    """#RRGGBB as linear RGB, (3,)."""
    coded = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def luminance(rgb: np.ndarray) -> float:
    """The relative luminance of linear RGB (3,)."""
    return float(rgb @ [0.2126, 0.7152, 0.0722])


def ratio(first: np.ndarray, second: np.ndarray) -> float:
    """The contrast ratio of two linear RGB colours, from 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def ratios(color: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The contrast ratios of a linear RGB colour to others (n, 3), (n,)."""
    own, theirs = luminance(color), others @ [0.2126, 0.7152, 0.0722]
    return np.asarray((np.maximum(own, theirs) + 0.05) / (np.minimum(own, theirs) + 0.05))


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours #RRGGBB."""
    return ratio(linear(first), linear(second))


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB (3,)."""
    part = TO_XYZ @ np.clip(rgb, 0.0, 1.0)
    x, y, z = np.where(part > (6 / 29) ** 3, np.cbrt(part), part / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def lightness(color: str) -> float:
    """L*, from 0 to 100: what greyscale leaves."""
    return float(lab(linear(color))[0])


def chroma(color: str) -> float:
    """How colourful a colour is; a grey has 0, the meanings of the dark theme 47 to 81."""
    return float(np.hypot(*lab(linear(color))[1:]))


def apart(first: str, second: str) -> float:
    """The distance in L*a*b* of two colours; 2 is just noticeable."""
    return float(np.linalg.norm(lab(linear(first)) - lab(linear(second))))


def seen_apart(first: str, second: str, deficiency: str) -> float:
    """The distance in L*a*b* of two colours as they are seen with a deficiency."""
    seen = np.array(DEFICIENCIES[deficiency])
    return float(np.linalg.norm(lab(seen @ linear(first)) - lab(seen @ linear(second))))
