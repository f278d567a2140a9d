"""Captions of the opening that could go either way follow the figures."""

from quantization_story.core import wording


def test_the_question_counts_the_classes():
    assert wording.opening_question("arms", 3) == "Three wound arms: to which does the white point belong?"
    assert wording.opening_question("classes", 4) == "Four classes: to which does the white point belong?"
    assert "belong" not in wording.opening_question("classes", 1)


def test_cuts_are_judged_by_what_they_miss():
    assert wording.cuts_words(3) == "Three straight cuts, turned to where they fit best"
    assert wording.cuts_words(2).startswith("One straight cut,")
    assert wording.cuts_verdict(0.048, "arms") == "The arms reach across: no straight cut gets them all"
    assert "all" in wording.cuts_verdict(0.0, "classes")
    assert "few" in wording.cuts_verdict(0.005, "classes")


def test_the_output_is_judged_by_its_accuracy():
    assert "have come apart" in wording.output_verdict(0.95, "arms")
    assert "have not come apart" in wording.output_verdict(0.949, "arms")


def test_every_caption_fits_its_line():
    captions = [
        *(wording.opening_question(things, n) for things in ("arms", "classes") for n in range(1, 5)),
        *(wording.cuts_verdict(missed, "classes") for missed in (0.0, 0.005, 0.5)),
        *(wording.cuts_words(rays) for rays in range(2, 8)),
        *(wording.output_verdict(reached, "classes") for reached in (0.5, 1.0)),
    ]
    assert max(map(len, captions)) <= 70
