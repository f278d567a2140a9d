"""The ground of the mathematics: arrays, affine maps, networks, quantizers, errors, corrections, tasks. numpy only."""
