"""Coming, going, dimming: animations that change how opaque a thing is and nothing else, so that it goes on moving."""

from typing import Any

import numpy as np
from manim import Animation, Mobject, VMobject

_PAINTS = ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas")


class Fade(Animation):
    """Multiplies the opacity of a whole family, from `start` to `end` times what it is.

    What follows a tracker keeps following it: nothing is copied, and no updater rests. After a thing has gone it has
    its own opacity again, so that it can come back.
    """

    def __init__(self, mobject: Mobject, start: float, end: float, **kwargs: Any) -> None:
        super().__init__(mobject, suspend_mobject_updating=False, **kwargs)
        self.start, self.end = start, end

    def create_starting_mobject(self) -> Mobject:
        """Nothing is copied; the opacities are noted."""
        self.whole = [
            (member, paint, getattr(member, paint)[:, 3].copy())
            for member in self.mobject.get_family()
            if isinstance(member, VMobject)
            for paint in _PAINTS
            if hasattr(member, paint)
        ]
        return Mobject()

    def interpolate_mobject(self, alpha: float) -> None:
        """Set every opacity."""
        reached = self.rate_func(alpha)
        self._set(self.start + (self.end - self.start) * reached)

    def clean_up_from_scene(self, scene: Any) -> None:
        """What has gone is taken off, as opaque as it was."""
        super().clean_up_from_scene(scene)
        if self.is_remover():
            self._set(1.0)

    def _set(self, factor: float) -> None:
        for member, paint, opacity in self.whole:
            rgbas = np.array(getattr(member, paint))
            rgbas[:, 3] = np.clip(opacity * factor, 0.0, 1.0)
            setattr(member, paint, rgbas)


class Appear(Fade):
    """Comes to its full opacity."""

    def __init__(self, mobject: Mobject, **kwargs: Any) -> None:
        super().__init__(mobject, 0.0, 1.0, introducer=True, **kwargs)


class Vanish(Fade):
    """Goes, and leaves the stage."""

    def __init__(self, mobject: Mobject, **kwargs: Any) -> None:
        super().__init__(mobject, 1.0, 0.0, remover=True, **kwargs)
