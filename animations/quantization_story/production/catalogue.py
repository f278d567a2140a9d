"""The scenes of the story in order, as data, and what each of them plays."""

from quantization_story.networks.settings import Settings
from quantization_story.scene_00_opening import OpeningScene
from quantization_story.scene_01_layer_progression import LayerProgressionScene
from quantization_story.scene_02_quantization import QuantizationComparisonScene
from quantization_story.scene_03_linear_correction import LinearCorrectionScene
from quantization_story.scene_04_topology_failure import TopologyFailureScene
from quantization_story.scene_05_1d_error_growth import OneDErrorGrowthScene
from quantization_story.scene_06_partition_shift import PartitionShiftScene
from quantization_story.scene_07_grid_distortion import GridDistortionScene
from quantization_story.scene_08_partition_to_transport import PartitionToTransportScene
from quantization_story.scene_09_activation_space_comparison import ActivationSpaceComparisonScene
from quantization_story.scene_10_error_decomposition import ErrorDecompositionScene
from quantization_story.scene_11_correction_cascade import CorrectionCascadeScene
from quantization_story.scene_12_error_region_growth import ErrorRegionGrowthScene
from quantization_story.scene_13_error_region_3d import ErrorRegion3DScene
from quantization_story.scene_14_error_manifold import ErrorManifoldScene
from quantization_story.scene_15_activation_quantization import ActivationQuantizationScene
from quantization_story.scene_16_layer_clustering import LayerClusteringVisualization
from quantization_story.scene_17_layer_clustering_detailed import LayerClusteringDetailed
from quantization_story.scene_18_two_error_kinds import TwoErrorKindsScene
from quantization_story.scene_19_correction_controls import CorrectionControlsScene
from quantization_story.scene_20_bottleneck import BottleneckScene
from quantization_story.scene_21_lattice_rounding import LatticeRoundingScene
from quantization_story.scene_full_narrative import FullNarrative
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.story_scene import StoryScene


class FullNarrativeScene(FullNarrative):
    """The story in one video, for rehearsing: nine scenes that hand each other the question, a section each."""

    scenes = (
        OpeningScene,
        OneDErrorGrowthScene,
        LayerProgressionScene,
        QuantizationComparisonScene,
        LinearCorrectionScene,
        CorrectionControlsScene,
        TwoErrorKindsScene,
        TopologyFailureScene,
        BottleneckScene,
    )


SCENES: tuple[type[StoryScene], ...] = (
    OpeningScene,
    OneDErrorGrowthScene,
    LayerProgressionScene,
    QuantizationComparisonScene,
    LinearCorrectionScene,
    CorrectionControlsScene,
    TwoErrorKindsScene,
    TopologyFailureScene,
    BottleneckScene,
    LatticeRoundingScene,
    PartitionShiftScene,
    GridDistortionScene,
    PartitionToTransportScene,
    ActivationSpaceComparisonScene,
    ErrorDecompositionScene,
    CorrectionCascadeScene,
    ErrorRegionGrowthScene,
    ErrorRegion3DScene,
    ErrorManifoldScene,
    ActivationQuantizationScene,
    FullNarrativeScene,
    LayerClusteringVisualization,
    LayerClusteringDetailed,
)


def scenes_by_name() -> dict[str, type[StoryScene]]:
    """All scenes by their names, in the order of the story."""
    return {scene.__name__: scene for scene in SCENES}


def scene_named(name: str) -> type[StoryScene]:
    """The scene of this name. Raises ValueError, listing the names, if there is none."""
    known = scenes_by_name()
    if name not in known:
        raise ValueError(f"no scene {name!r}; there are {', '.join(known)}")
    return known[name]


def playing(scene: type[StoryScene], settings: Settings) -> str:
    """Which network a scene plays, or why it cannot play the chosen one; none is chosen: the one it plays then.

    The scene itself is asked, by the question that it asks itself before it draws.
    """
    refusal = scene.refusal(settings)
    if refusal is not None:
        return f"no: {refusal.removeprefix(f'{scene.__name__} ').removeprefix(f'{scene.__name__}: ')}"
    if issubclass(scene, FullNarrative):
        return "that of each part" if settings.network is None else "yes, in the parts that play a network"
    if not issubclass(scene, NetworkScene):
        own = "no network of yours: it plays figures of its own"
        return own if settings.rounding in (None, "nearest") else f"{own}, whatever the rounding"
    if scene.own_network:
        return f"always {scene.network_name}"
    if settings.network is None or settings.network == scene.network_name:
        return scene.network_name if settings.network is None else "yes"
    return f"{scene.network_name} in place of yours" if scene.choose(settings).name == scene.network_name else "yes"
