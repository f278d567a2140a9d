"""The catalogue of the story, in order: manim -pql animations/geometric_weight_quantization.py SCENE

The command line only sees classes that are declared in the file it is given, so each scene has its line here.
"""

from quantization_story import scene_01_layer_progression


class LayerProgressionScene(scene_01_layer_progression.LayerProgression):
    """What a ReLU network does, step by step: it shears, shifts and folds the plane until the arms come apart."""
