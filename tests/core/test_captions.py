"""How long a caption has to stand, and which captions are refused."""

import pytest

from quantization_story.core.captions import Caption, as_caption, figures_in


@pytest.mark.parametrize(
    ("text", "terms", "seconds"),
    [
        ("one two three four", (), 4 / 2.4),
        ("one two three 4", (), 4 / 2.0),
        ("one two $x$ four", (), 4 / 2.0),
        ("one two → four", (), 4 / 2.0),
        ("one two three four", ("three",), 4 / 2.0),
        ("incomprehensibilities everywhere", (), 32 / 15.0),  # long words count by their characters
    ],
)
def test_reading_takes_as_long_as_words_figures_and_terms_ask(
    text: str, terms: tuple[str, ...], seconds: float
) -> None:
    assert Caption(text, terms).reading_seconds == pytest.approx(seconds)


def test_numbers_are_counted_as_they_are_read() -> None:
    assert figures_in("99.7 % of 3,000 points, not 17") == ["99.7", "3,000", "17"]
    assert figures_in("twelve weights") == []


def test_one_number_a_caption_unless_more_are_meant() -> None:
    with pytest.raises(ValueError, match="caption with 2 numbers, at most 1"):
        Caption("From 99.7 to 83.2 % right")
    assert Caption("From 99.7 to 83.2 % right", figures=2).figures == 2


def test_a_caption_that_is_too_long_or_lacks_its_term_is_refused() -> None:
    assert Caption("x" * 70).text
    with pytest.raises(ValueError, match="caption of 71 characters, at most 70"):
        Caption("x" * 71)
    with pytest.raises(ValueError, match="new term 'crease' is not in the caption"):
        Caption("A fold glows", terms=("crease",))


def test_words_become_a_caption_and_a_caption_stays() -> None:
    caption = Caption("A crease glows", terms=("crease",))
    assert as_caption(caption) is caption
    assert as_caption("A crease glows", ("crease",)) == caption
