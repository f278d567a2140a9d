"""Training of small networks: optimisation, the search over seeds, the criteria, the recipes of the shipped ones."""
