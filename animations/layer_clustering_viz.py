"""The weights of a real layer as a codebook: manim -pql animations/layer_clustering_viz.py SCENE

LAYER_CLUSTERING_MODEL and LAYER_CLUSTERING_LAYER name another model (a Hugging Face id, or a local folder or file of
safetensors) and another of its layers. The command line only sees classes that are declared in the file it is given.
"""

from quantization_story.production import catalogue


class LayerClusteringVisualization(catalogue.LayerClusteringVisualization):
    """A trained layer beside its 64 centres: what the centres gather, where they lie, and what uniform levels cost."""


class LayerClusteringDetailed(catalogue.LayerClusteringDetailed):
    """k-means on a layer's weights, iteration by iteration, and what storing the layer as a codebook saves."""
