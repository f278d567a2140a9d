"""One network in one folder, to be sent: the explorer, the pictures that scenes end on, the report, finished videos."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from quantization_story.production.catalogue import FullNarrativeScene, playing, scenes_by_name
from quantization_story.production.explorer.assembly import explorer_page
from quantization_story.production.folder import Finished, OutputFolder
from quantization_story.production.gallery import EXPLORER, scene_clip
from quantization_story.production.page import FigureSection, Still, page
from quantization_story.production.played import networks_of
from quantization_story.production.stills import closing_still, save_still
from quantization_story.production.storyboard import closing_picture
from quantization_story.production.talk.narration import narrations
from quantization_story.report.measure import make_report
from quantization_story.report.tables import report_notes, report_tables, to_json, to_markdown
from quantization_story.stage.network_scene import NetworkScene

REPORTED = (2, 3, 4, 8)  # bits, beside those that are chosen
WIDTH = 854  # pixels of a picture
PARTS = ("stills", "videos", "posters")


def share(settings: Settings, videos: OutputFolder | None, target: Path, tell: Callable[[Path], None]) -> Path:
    """Write what there is to see of one network into `target`; returns the page that leads to all of it.

    videos: where finished videos lie; those that play these very weights come along. Of each of the other scenes of
    the core story that can play the network, the picture that it ends on is drawn. tell: is given the files as they
    are written. The scenes read their settings from the environment: it has to say the same. Raises ValueError, one
    sentence, for a network that cannot be shown.
    """
    subject = load_subject(settings, "pinwheel")
    finished = [] if videos is None else _playing(videos, subject)
    addresses = {each.scene: f"index.html#{each.scene}" for each in finished}
    explorer = explorer_page([subject], addresses)
    report = make_report(subject.learned, sorted({*REPORTED, subject.bits}), allow_unlearned=settings.allow_unlearned)
    for part in PARTS if finished else PARTS[:1]:
        (target / part).mkdir(parents=True, exist_ok=True)
    texts = {EXPLORER: explorer, "report.md": to_markdown(report), "report.json": to_json(report)}
    for name, text in texts.items():
        (target / name).write_text(text, encoding="utf-8")
        tell(target / name)

    scenes, words, clips = scenes_by_name(), narrations(), []
    for each in finished:
        clips.append(scene_clip(each, scenes[each.scene], words.get(each.scene, ""), target))
        _save(closing_still(each.video, each.seconds), target / PARTS[0] / f"{each.scene}.png", tell)
    stills = []
    for scene in FullNarrativeScene.scenes:
        name = scene.__name__
        if name in addresses or not issubclass(scene, NetworkScene) or playing(scene, settings) != "yes":
            continue
        image, title = closing_picture(scene)
        _save(image, target / PARTS[0] / f"{name}.png", tell)
        stills.append(Still(title, " ".join((scene.__doc__ or "").split()), f"{PARTS[0]}/{name}.png"))

    section = FigureSection("The report", tuple(report_notes(report)), tuple(report_tables(report)))
    index = target / "index.html"
    index.write_text(page(subject.name, _intro(subject), clips, [section], EXPLORER, stills), encoding="utf-8")
    tell(index)
    return index


def _intro(subject: StorySubject) -> str:
    return ". ".join(words for words in (subject.regime(), subject.note) if words)


def _playing(videos: OutputFolder, subject: StorySubject) -> Sequence[Finished]:
    """The finished videos that play the very weights of a subject, in story order."""
    found = [finished for name in scenes_by_name() if (finished := videos.finished(name)) is not None]
    return [each for each in found if any(fact["sha256"] == subject.learned.digest for fact in networks_of(each))]


def _save(image: Image.Image, file: Path, tell: Callable[[Path], None]) -> None:
    save_still(image.resize((WIDTH, round(image.height * WIDTH / image.width))), file)
    tell(file)
