"""Typst lines as one path each, from glyphs that are read once: sixty letters cost no more than one object.

manim reads a typeset line through a general SVG parser, glyph by glyph, again for each occurrence. Typst writes
something much simpler: each glyph's outline once, and where it is used. That is read here; what is not of this kind
(a fraction bar, a root) goes manim's way.
"""

from functools import cache
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

import numpy as np
import svgelements
from manim import MathTypst, Typst, VMobjectFromSVGPath

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_UNMOVED = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])

Placed = tuple[np.ndarray, np.ndarray]  # an outline (4 n, 3) in place, y upward, and its origin on the baseline (3,)


@cache
def _outline(drawing: str) -> np.ndarray:
    """The cubic curves (4 n, 3) of one SVG path description."""
    path = VMobjectFromSVGPath(svgelements.Path(drawing), should_remove_null_curves=True)
    return np.array(path.points)


@cache
def _matrix(transform: str) -> np.ndarray:
    """The 2 x 3 matrix of an SVG transform attribute."""
    m = svgelements.Matrix(transform)
    return np.array([[m.a, m.c, m.e], [m.b, m.d, m.f]])


def placed_glyphs(file: Path) -> list[Placed] | None:
    """The glyphs of an SVG file that Typst wrote, in order; None if there is anything but glyphs in it."""
    root = ElementTree.parse(file).getroot()
    drawings = {symbol.get("id"): symbol[0].get("d", "") for symbol in root.iter(f"{_SVG}symbol") if len(symbol) == 1}
    placed: list[Placed] = []

    def walk(element: ElementTree.Element, matrix: np.ndarray) -> bool:
        for child in element:
            own = matrix
            if "transform" in child.attrib:
                step = _matrix(child.attrib["transform"])
                own = np.column_stack([matrix[:, :2] @ step[:, :2], matrix[:, :2] @ step[:, 2] + matrix[:, 2]])
            if child.tag == f"{_SVG}use" and child.get(_LINK, "#")[1:] in drawings:
                origin = own[:, :2] @ [float(child.get("x", 0)), float(child.get("y", 0))] + own[:, 2]
                outline = _outline(drawings[child.get(_LINK, "#")[1:]])
                flat = outline[:, :2] @ own[:, :2].T + origin
                # SVG counts downward, the frame upward.
                placed.append((np.column_stack([flat[:, 0], -flat[:, 1], np.zeros(len(flat))]), origin * [1.0, -1.0]))
            elif child.tag == f"{_SVG}g":
                if not walk(child, own):
                    return False
            elif child.tag != f"{_SVG}defs":
                return False
        return True

    return placed if walk(root, _UNMOVED) else None


class _OnePath(Typst):
    """Typst whose glyphs are one path; strokes, where there are any, stay objects of their own."""

    def generate_mobject(self) -> Self:
        """Read the compiled file; called by manim when the line is made."""
        glyphs = placed_glyphs(self.get_file_path())
        if glyphs is None:
            super().generate_mobject()
            parts = self.family_members_with_points()
            self.submobjects = [part for part in parts if part.get_stroke_width() > 0]
            glyphs = [(part.points, np.zeros(2)) for part in parts if part.get_stroke_width() == 0]
            self.id_to_vgroup_dict = {}
        self.points = np.concatenate([outline for outline, _ in glyphs])
        return self


class TypesetLine(_OnePath):
    """A line of Typst markup as one path."""


class TypesetFormula(_OnePath, MathTypst):
    """A formula in Typst's math language as one path."""
