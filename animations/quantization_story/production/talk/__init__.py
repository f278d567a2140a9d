"""What a video needs for a talk: the narration, voices that read it, and slides."""
