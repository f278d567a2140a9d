"""The pictures of LatticeRoundingScene: a row among its levels, its inputs, all rows, the outputs, the seeds."""
