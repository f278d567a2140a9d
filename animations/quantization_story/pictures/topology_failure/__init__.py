"""The picture of TopologyFailureScene: points and strips, a strip as a chart, errors as areas."""
