"""What draws here writes to a folder of its own."""

from media_folder import media_folder as media_folder
