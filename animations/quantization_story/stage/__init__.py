"""The frame of every scene: title, captions, beats, camera, video writer and run record."""
