"""The pictures of OneDErrorGrowthScene: one weight among its levels, and a chain of them."""
