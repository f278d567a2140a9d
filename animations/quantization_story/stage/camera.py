"""The camera of the story: manim's own, with outlines handed to Cairo faster and what stands still kept as a mask."""

from dataclasses import dataclass, field
from typing import Any, Self
from weakref import WeakKeyDictionary

import cairo
import numpy as np
from manim import Camera, VMobject

from quantization_story.mobjects.painting import Painting
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.stage.manim_internals import CAP_STYLE_MAP, LINE_JOIN_MAP

# Two points this close, in frame units, are one: where a curve starts at the end of the last, the outline goes on.
_TOUCHING = 1e-5
# Outlines that differ by less are the same picture: fading in, manim computes every point anew and rounds.
_UNMOVED = 1e-9


# A stroke of fewer curves is drawn as fast as its mask, which is as large as the box around it.
_FEW_CURVES = 40


@dataclass
class _Stencil:
    """What an outline covers, kept while it stays: its points (4 n, 3), its stroke's width, and masks in their places.

    masks: by whether it is the stroke's (else the fill's).
    """

    points: np.ndarray
    width: float
    masks: dict[bool, tuple[cairo.ImageSurface, tuple[int, int]]] = field(default_factory=dict)

    def fits(self, vmobject: VMobject) -> bool:
        """Whether the mobject still has this outline."""
        points = vmobject.points
        return (
            len(self.points) == len(points)
            and self.width == vmobject.get_stroke_width()
            and bool(np.abs(self.points - points).max() <= _UNMOVED)
        )


class StoryCamera(Camera):
    """Draws the same pictures as manim's camera (a kept mask to one level of 255), in a fraction of the time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._stencils: WeakKeyDictionary[VMobject, _Stencil] = WeakKeyDictionary()

    def display_vectorized(self, vmobject: VMobject, ctx: Any) -> Self:
        """Draw one mobject: nothing where nothing can be seen, what has not moved through its masks."""
        if not len(vmobject.points):
            return self
        if isinstance(vmobject, Painting):
            return self._display_painting(vmobject, ctx)
        fill, stroke = vmobject.get_fill_rgbas(), self.get_stroke_rgbas(vmobject)
        filled, stroked = bool(np.any(fill[:, 3])), self._has_stroke(vmobject, background=False)
        behind = self._has_stroke(vmobject, background=True)
        if not (filled or stroked or behind):
            return self
        if isinstance(vmobject, SegmentPath) and vmobject.one_by_one and len(stroke) == 1 and stroke[0, 3] == 1.0:
            return self._display_segments(vmobject, ctx, stroke)
        few = stroked and len(vmobject.points) < 4 * _FEW_CURVES
        if behind or few or (filled and len(fill) > 1) or (stroked and len(stroke) > 1):
            return super().display_vectorized(vmobject, ctx)
        stencil = self._stencils.get(vmobject)
        if stencil is None or not stencil.fits(vmobject):
            self._stencils[vmobject] = _Stencil(vmobject.points.copy(), vmobject.get_stroke_width())
            return super().display_vectorized(vmobject, ctx)
        if filled:
            self._paint(stencil, vmobject, ctx, fill, is_stroke=False)
        if stroked:
            self._paint(stencil, vmobject, ctx, stroke, is_stroke=True)
        return self

    def _display_segments(self, path: SegmentPath, ctx: Any, stroke: Any) -> Self:
        """Draw polylines one by one: as they are opaque, Cairo need not look for their crossings."""
        ends = path.points[: len(path.points) // 4 * 4, :2].reshape(-1, 4, 2)[:, [0, 3]]
        joined = np.abs(ends[1:, 0] - ends[:-1, 1]).max(axis=1, initial=0.0) <= _TOUCHING
        self.set_cairo_context_color(ctx, stroke, path)
        ctx.set_line_width(path.get_stroke_width() * self.cairo_line_width_multiple)
        ctx.set_line_join(LINE_JOIN_MAP[path.joint_type])
        ctx.set_line_cap(CAP_STYLE_MAP[path.cap_style])
        ctx.new_path()
        move_to, line_to, draw = ctx.move_to, ctx.line_to, ctx.stroke
        for ((x, y), (to_x, to_y)), goes_on in zip(ends.tolist(), [False, *joined.tolist()], strict=False):
            if not goes_on:
                draw()
                move_to(x, y)
            line_to(to_x, to_y)
        draw()
        return self

    def _display_painting(self, painting: Painting, ctx: Any) -> Self:
        """Paint brush after brush; colours go to Cairo as they are, with the opacity of the whole."""
        opacity = float(painting.get_fill_opacity())
        ctx.set_line_join(LINE_JOIN_MAP[painting.joint_type])
        move_to, line_to = ctx.move_to, ctx.line_to
        for outlines, fill, stroke, width, closed, dots in painting.brushes:
            ctx.new_path()
            rows = outlines.tolist() if isinstance(outlines, np.ndarray) else [each.tolist() for each in outlines]
            for (x, y), *others in rows:
                move_to(x, y)
                for to_x, to_y in others:
                    line_to(to_x, to_y)
                if closed:
                    ctx.close_path()
            if fill is not None:
                ctx.set_source_rgba(*_cairo_rgba(fill, opacity))
                ctx.fill_preserve()
            if stroke is not None:
                ctx.set_source_rgba(*_cairo_rgba(stroke, opacity))
                ctx.set_line_width(width * self.cairo_line_width_multiple)
                ctx.set_line_cap(cairo.LINE_CAP_ROUND if dots else cairo.LINE_CAP_BUTT)
                ctx.stroke()
        ctx.set_line_cap(cairo.LINE_CAP_BUTT)
        return self

    def _has_stroke(self, vmobject: VMobject, background: bool) -> bool:
        width = vmobject.get_stroke_width(background)
        return bool(width) and bool(np.any(self.get_stroke_rgbas(vmobject, background)[:, 3]))

    def _paint(self, stencil: _Stencil, vmobject: VMobject, ctx: Any, rgbas: Any, is_stroke: bool) -> None:
        """Fill or stroke an outline through its mask, which is made when the outline is seen for the second time."""
        if is_stroke not in stencil.masks:
            stencil.masks[is_stroke] = self._mask(vmobject, ctx, is_stroke)
        mask, place = stencil.masks[is_stroke]
        ctx.save()
        ctx.identity_matrix()
        self.set_cairo_context_color(ctx, rgbas, vmobject)
        ctx.mask_surface(mask, *place)
        ctx.restore()

    def _mask(self, vmobject: VMobject, ctx: Any, is_stroke: bool) -> tuple[cairo.ImageSurface, tuple[int, int]]:
        """The pixels that the fill or the stroke of a mobject covers, and where the mask lies in the frame."""
        matrix = ctx.get_matrix()
        corners = self.transform_points_pre_display(vmobject, vmobject.points)[:, :2]
        # A pointed corner of a stroke reaches out at most ten times as far as its side.
        reach = 5 * self.cairo_line_width_multiple * vmobject.get_stroke_width() if is_stroke else 0.0
        low, high = corners.min(axis=0) - reach, corners.max(axis=0) + reach
        (x0, y1), (x1, y0) = matrix.transform_point(*low), matrix.transform_point(*high)
        left, top = max(int(x0) - 1, 0), max(int(y0) - 1, 0)
        width = max(min(int(x1) + 2, self.pixel_width) - left, 1)
        height = max(min(int(y1) + 2, self.pixel_height) - top, 1)
        mask = cairo.ImageSurface(cairo.FORMAT_A8, width, height)
        own = cairo.Context(mask)
        own.set_matrix(matrix * cairo.Matrix(x0=-left, y0=-top))
        self.set_cairo_context_path(own, vmobject)
        if is_stroke:
            own.set_line_width(vmobject.get_stroke_width() * self.cairo_line_width_multiple)
            own.set_line_join(LINE_JOIN_MAP[vmobject.joint_type])
            own.set_line_cap(CAP_STYLE_MAP[vmobject.cap_style])
            own.stroke()
        else:
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


def _cairo_rgba(color: tuple[float, float, float, float], opacity: float) -> tuple[float, float, float, float]:
    """A colour as Cairo's surface has it: blue, green, red and opacity."""
    red, green, blue, alpha = color
    return blue, green, red, alpha * opacity
