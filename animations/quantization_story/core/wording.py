"""Numbers as they are shown, and in words: see `shown_numbers`."""

from quantization_story.core.shown_numbers import decimals as decimals
from quantization_story.core.shown_numbers import number_word as number_word
from quantization_story.core.shown_numbers import pair as pair
from quantization_story.core.shown_numbers import percent as percent
from quantization_story.core.shown_numbers import signed as signed
