"""A scene about the weights of one layer: where they come from, their codebook, and the badge that names them."""

import numpy as np
from manim import DOWN, VGroup, VMobject

from quantization_story.layers import EMBEDDED, Layer, asked_for, counts_asked_for, level_accuracies, load_layer
from quantization_story.layers.clustering import Clustering, cluster_layer, compare_levels, on_whole_layer
from quantization_story.mobjects.text import percent, plain, text
from quantization_story.networks.settings import Settings
from quantization_story.stage.story_scene import StoryScene
from quantization_story.style import theme

LONGEST_LINE = 74  # characters of a badge line that fit beside the title


class LayerScene(StoryScene):
    """A story scene on a layer of a trained model; a variant names another one, or another number of clusters.

    The environment variables LAYER_CLUSTERING_MODEL, _LAYER, _CLUSTERS and _SAMPLE go before model_id, layer_name,
    n_clusters and sample_size. Where fewer values differ than there are clusters, there are as many clusters as values.
    """

    model_id = EMBEDDED
    layer_name: str | None = None  # the first layer of the embedded network; of other models see `layers.asked_for`
    n_clusters = 64
    sample_size = 1000
    seed = 0

    @classmethod
    def clustered(cls) -> tuple[Layer, Clustering]:
        """The layer that is chosen, and its codebook. Raises ValueError, one sentence, for what is wrong with it."""
        layer = load_layer(*asked_for(cls.model_id, cls.layer_name))
        rng = np.random.default_rng(cls.seed)
        try:
            found = cluster_layer(layer.values, *counts_asked_for(cls.n_clusters, cls.sample_size), rng)
            cls.require_shown(found)
        except ValueError as error:
            raise ValueError(f"{cls.__name__} cannot show {layer.name} of {layer.source}: {error}") from error
        return layer, found

    @classmethod
    def require_shown(cls, found: Clustering) -> None:
        """Raise ValueError where a codebook leaves the scene nothing to show; here it always has something."""

    @classmethod
    def require_playable(cls, settings: Settings | None = None) -> None:
        """Raise ValueError, one sentence, if this scene cannot show the layer, whichever network is chosen."""
        cls.clustered()

    def load_story(self) -> None:
        """Load the layer and cluster it. Raises ValueError before anything is drawn."""
        self.layer, self.found = self.clustered()
        model, _ = asked_for(self.model_id, self.layer_name)
        self.asked_clusters, self.sample_size = counts_asked_for(self.n_clusters, self.sample_size)
        self.n_clusters = len(self.found.centres)
        self.kept = level_accuracies(model, self.layer.name, self.sample_size, self.seed)
        self.compared = compare_levels(self.found)
        self.whole = on_whole_layer(self.layer.values, self.found.centres)
        self.spread = float(self.found.values.std())

    def regime(self) -> str:
        """The badge in two lines: the source, the number of weights and of clusters; and the layer."""
        counts = f"{self.layer.size:,} weights · k = {self.n_clusters}"
        if self.n_clusters < self.asked_clusters:
            counts += ", as many as values differ"
        return f"{shortened(self.layer.source, LONGEST_LINE - len(counts) - 3)} · {counts}\n{self.layer.name}"

    def make_badge(self, content: str) -> VMobject:
        """The badge in the corner, a line below the other, as it stands: names are no markup."""
        lines = (shortened(line, LONGEST_LINE) for line in content.splitlines())
        badge = VGroup(*(text(plain(line), theme.QUIET, theme.SMALL_SIZE) for line in lines))
        return self.place_badge(badge.arrange(DOWN, buff=0.1, aligned_edge=theme.BADGE_EDGE))


def shortened(words: str, longest: int) -> str:
    """Words with their middle left out, where they are longer than `longest` characters."""
    if len(words) <= longest:
        return words
    kept = longest - 1
    return f"{words[: kept // 2]}…{words[len(words) - (kept - kept // 2) :]}"


def outside_caption(count: int, share: float, levels: str = "ticks") -> str:
    """What to say about the weights outside the outermost centres, which the sample missed; levels: their marks."""
    weights = "weight lies" if count == 1 else "weights lie"
    return f"{count:,} {theme.INK_WORD} {weights} outside the {levels}: {percent(share, 0)} % of squared error"
