"""The camera of the story: manim's own, with outlines handed to Cairo faster and what stands still kept as a mask."""

from dataclasses import dataclass
from typing import Any, Self
from weakref import WeakKeyDictionary

import cairo
import numpy as np
from manim import Camera, VMobject

# Two points this close, in frame units, are one: where a curve starts at the end of the last, the outline goes on.
_TOUCHING = 1e-5
# Outlines that differ by less are the same picture: fading in, manim computes every point anew and rounds.
_UNMOVED = 1e-9


@dataclass
class _Stencil:
    """What a filled outline covers, kept while the outline stays: its points (4 n, 3), and the mask with its place."""

    points: np.ndarray
    mask: cairo.ImageSurface | None = None
    place: tuple[int, int] = (0, 0)


class StoryCamera(Camera):
    """Draws the same pictures as manim's camera (a kept mask to one level of 255), in a fraction of the time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._stencils: WeakKeyDictionary[VMobject, _Stencil] = WeakKeyDictionary()

    def display_vectorized(self, vmobject: VMobject, ctx: Any) -> Self:
        """Draw one mobject: nothing where nothing can be seen, a fill that has not moved through its mask."""
        strokes = [background for background in (True, False) if self._strokes(vmobject, background)]
        fill = vmobject.get_fill_rgbas()
        if not len(vmobject.points) or not (strokes or np.any(fill[:, 3])):
            return self
        if not strokes and len(fill) == 1:
            return self._fill_through_mask(vmobject, ctx)
        return super().display_vectorized(vmobject, ctx)

    def _strokes(self, vmobject: VMobject, background: bool) -> bool:
        width = vmobject.get_stroke_width(background)
        return bool(width) and bool(np.any(self.get_stroke_rgbas(vmobject, background)[:, 3]))

    def _fill_through_mask(self, vmobject: VMobject, ctx: Any) -> Self:
        """Fill an outline: from its curves where it is new, and from the second time on through its mask."""
        points = vmobject.points
        stencil = self._stencils.get(vmobject)
        if stencil is None or len(stencil.points) != len(points) or np.abs(stencil.points - points).max() > _UNMOVED:
            self._stencils[vmobject] = _Stencil(points.copy())
            self.set_cairo_context_path(ctx, vmobject)
            return self.apply_fill(ctx, vmobject)
        if stencil.mask is None:
            stencil.mask, stencil.place = self._mask(vmobject, ctx)
        ctx.save()
        ctx.identity_matrix()
        self.set_cairo_context_color(ctx, self.get_fill_rgbas(vmobject), vmobject)
        ctx.mask_surface(stencil.mask, *stencil.place)
        ctx.restore()
        return self

    def _mask(self, vmobject: VMobject, ctx: Any) -> tuple[cairo.ImageSurface, tuple[int, int]]:
        """The pixels that the fill of a mobject covers, and where the mask lies in the frame."""
        matrix = ctx.get_matrix()
        corners = self.transform_points_pre_display(vmobject, vmobject.points)[:, :2]
        low, high = corners.min(axis=0), corners.max(axis=0)
        (x0, y1), (x1, y0) = matrix.transform_point(*low), matrix.transform_point(*high)
        left, top = max(int(x0) - 1, 0), max(int(y0) - 1, 0)
        width = max(min(int(x1) + 2, self.pixel_width) - left, 1)
        height = max(min(int(y1) + 2, self.pixel_height) - top, 1)
        mask = cairo.ImageSurface(cairo.FORMAT_A8, width, height)
        own = cairo.Context(mask)
        own.set_matrix(matrix * cairo.Matrix(x0=-left, y0=-top))
        self.set_cairo_context_path(own, vmobject)
        own.fill()
        return mask, (left, top)

    def set_cairo_context_path(self, ctx: Any, vmobject: VMobject) -> Self:
        """Make the outline of a mobject the path of a Cairo context."""
        points = self.transform_points_pre_display(vmobject, vmobject.points)
        curves = points[: len(points) // 4 * 4, :2].reshape(-1, 8)
        if len(curves) == 0:
            return self
        breaks = np.flatnonzero(np.abs(curves[1:, :2] - curves[:-1, 6:]).max(axis=1) > _TOUCHING) + 1
        starts, ends = np.concatenate([[0], breaks]), np.concatenate([breaks, [len(curves)]])
        closed = np.abs(curves[ends - 1, 6:] - curves[starts, :2]).max(axis=1) <= _TOUCHING
        # Plain numbers: reading them one by one from an array costs more than drawing them.
        rows, move_to, curve_to = curves.tolist(), ctx.move_to, ctx.curve_to
        ctx.new_path()
        for start, end, shut in zip(starts.tolist(), ends.tolist(), closed.tolist(), strict=True):
            ctx.new_sub_path()
            move_to(rows[start][0], rows[start][1])
            for _, _, ax, ay, bx, by, cx, cy in rows[start:end]:
                curve_to(ax, ay, bx, by, cx, cy)
            if shut:
                ctx.close_path()
        return self

    def apply_fill(self, ctx: Any, vmobject: VMobject) -> Self:
        """Fill the path, unless the fill cannot be seen: manim would run through every line of a grid for nothing."""
        return super().apply_fill(ctx, vmobject) if np.any(vmobject.get_fill_rgbas()[:, 3]) else self
