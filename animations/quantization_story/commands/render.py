"""quantization-story render: scenes to videos, in parallel, and the narrative joined from them."""

import os
from pathlib import Path
from typing import Any

import click

from quantization_story.production.network_options import as_variables, choosing, chosen_settings
from quantization_story.style.formats import FORMAT, THEME

NARRATIVE_FILE = "FullNarrative.mp4"
VOICE = "QUANT_STORY_VOICE"  # as in stage.voice, which would take manim along


@click.command()
@click.argument("scenes", nargs=-1, metavar="[SCENE …]")
@click.option("--all", "everything", is_flag=True, help="Every scene of the catalogue.")
@click.option("--quality", type=click.Choice(["l", "m", "h", "k"]), default="h", show_default=True, help="As manim's.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Scenes at a time [the number of cores].")
@click.option("--vertical", is_flag=True, help=f"Upright videos, 1080 x 1920 at quality h. [{FORMAT}]")
@click.option("--light", is_flag=True, help=f"A light background. [{THEME}]")
@click.option("--output", type=click.Path(path_type=Path), help="The folder [media/story/QUALITY-vertical-light].")
@click.option("--stitch", "stitched", is_flag=True, help=f"Join the scenes of the narrative into {NARRATIVE_FILE}.")
@click.option("--force", is_flag=True, help="Render also what has not changed.")
@click.option("--voice", help=f"A folder of recordings, or a voice: see `quantization-story voice`. [{VOICE}]")
@choosing("network", "bits", "per_channel", "plane", "allow_unlearned", "layers", "transposed", "rounding")
def command(
    scenes: tuple[str, ...],
    everything: bool,
    quality: str,
    jobs: int | None,
    vertical: bool,
    light: bool,
    output: Path | None,
    stitched: bool,
    force: bool,
    voice: str | None,
    **chosen: Any,
) -> None:
    """Render SCENEs, those of the narrative if none is named, each beside its subtitles and its figures.

    What has not changed is not rendered again. A scene that fails is named at the end and harms no other; after an
    interrupt, the next call goes on with what is missing.
    """
    # The workers read these; and so does the theme, when it is imported.
    os.environ |= {FORMAT: "vertical"} if vertical else {}
    os.environ |= {THEME: "light"} if light else {}

    from quantization_story.production.estimate import estimate
    from quantization_story.production.folder import OutputFolder
    from quantization_story.production.places import usual_folder
    from quantization_story.production.plan import chosen_scenes, make_plan, run_plan, stitch_narrative
    from quantization_story.production.talk.voices import check_recordings, spoken_folder
    from quantization_story.stage.voice import voice_folder

    chosen_settings(chosen)
    os.environ |= as_variables(chosen)
    names = chosen_scenes(scenes, everything)
    folder = OutputFolder((output or usual_folder(quality)).resolve())
    folder.prepare()
    count = jobs or os.cpu_count() or 1
    if voice is not None:
        voice = voice if Path(voice).is_dir() else str(spoken_folder(voice, names, folder.path / "voice", click.echo))
        os.environ[VOICE] = str(Path(voice).resolve())
    if (recorded := voice_folder()) is not None:
        check_recordings(recorded, names)
    plan = make_plan(names, folder, quality, force)
    for finished in plan.unchanged:
        click.echo(f"unchanged  {finished.video}")
    if plan.todo:
        click.echo(f"to render  {estimate(plan, quality, count, os.cpu_count() or 1)}")
    with _Display(plan) as display:
        try:
            outcomes = run_plan(plan, folder, quality, count, display.progress, display.outcome)
        except KeyboardInterrupt:
            display.close()
            click.echo(f"interrupted; finished videos are whole in {folder.path}, the same call goes on", err=True)
            raise SystemExit(130) from None
    failed = [outcome for outcome in outcomes if outcome.finished is None]
    if stitched and not failed:
        target = folder.path / NARRATIVE_FILE
        click.echo(f"stitched   {target} ({stitch_narrative(folder, target)} frames)")
    for outcome in failed:
        click.echo(f"failed     {outcome.scene}: {outcome.reason}", err=True)
        if outcome.log is not None:
            click.echo(f"           log: {outcome.log}", err=True)
    if failed:
        raise SystemExit(1)


class _Display:
    """A bar over the seconds of video that are still to be played, with the time left."""

    def __init__(self, plan: Any) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self.expected = {job.scene: plan.expected[job.scene] for job in plan.todo}
        self.done = dict.fromkeys(self.expected, 0.0)
        self.finished = 0
        self.task = self.bar.add_task("rendering", total=sum(self.expected.values()) or 1.0)

    def __enter__(self) -> "_Display":
        if self.expected:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar off the terminal."""
        self.bar.stop()

    def progress(self, scene: str, seconds: float) -> None:
        """A worker has played so far."""
        self.done[scene] = seconds
        self.expected[scene] = max(self.expected[scene], seconds)
        self._show()

    def outcome(self, outcome: Any) -> None:
        """A scene is finished or has failed: what was expected of it is no longer to come."""
        self.finished += 1
        self.expected[outcome.scene] = self.done[outcome.scene]
        if outcome.finished is not None:
            self.bar.console.print(f"rendered   {outcome.finished.video}", highlight=False, soft_wrap=True)
        self._show()

    def _show(self) -> None:
        self.bar.update(
            self.task,
            description=f"{self.finished} of {len(self.expected)} scenes",
            completed=sum(self.done.values()),
            total=sum(self.expected.values()) or 1.0,
        )
