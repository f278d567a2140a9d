"""How everything looks: theme, palettes, formats. No mathematics."""
