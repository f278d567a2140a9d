"""Numbers in words and in per cent: see `shown_numbers`."""

from quantization_story.core.shown_numbers import number_word as number_word
from quantization_story.core.shown_numbers import percent as percent
