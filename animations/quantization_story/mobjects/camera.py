"""The camera of the story: manim's own, with the outlines handed to Cairo faster."""

from typing import Any, Self

import numpy as np
from manim import Camera, VMobject

# Two points this close, in frame units, are one: where a curve starts at the end of the last, the outline goes on.
_TOUCHING = 1e-5


class StoryCamera(Camera):
    """Draws the same pictures as manim's camera; most of a frame's time goes into this one loop over curves."""

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
