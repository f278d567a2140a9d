"""What a single scene draws: builders under their scene's stem, imported by that scene alone; they play nothing."""
