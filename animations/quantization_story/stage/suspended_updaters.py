"""Movers that stand still for a while: without their updaters they are background, and not drawn anew every frame."""

from manim import Mobject


class SuspendedUpdaters:
    """Takes the updaters of some mobjects and their families away, and gives them back at the end."""

    def __init__(self, *mobjects: Mobject) -> None:
        members = {id(member): member for mobject in mobjects for member in mobject.get_family()}
        self.mobjects = mobjects
        self._updaters = [(member, list(member.updaters)) for member in members.values() if member.updaters]
        for member, _ in self._updaters:
            member.clear_updaters(recursive=False)

    def end(self) -> tuple[Mobject, ...]:
        """Let them move again; returns them, to be brought to the front in this order."""
        for member, updaters in self._updaters:
            for updater in updaters:
                member.add_updater(updater)
        self._updaters = []
        return self.mobjects
