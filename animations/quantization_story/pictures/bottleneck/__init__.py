"""The picture of BottleneckScene: the plane of two numbers, what stands in front, all seeds."""
