from med3dvlm.ui.components.transcript.prepared import in_words
from med3dvlm.volumes.grid import AS_TRAINED, InputChoice
from med3dvlm.volumes.window import Window


def test_a_choice_is_told_by_what_differs_from_the_training() -> None:
    assert in_words(AS_TRAINED) == "the input as in training"
    assert in_words(InputChoice(crop=False)) == "not cropped"
    assert in_words(InputChoice(published=True)) == "not smoothed"
    assert in_words(InputChoice(published=False)) == "smoothed"
    own = InputChoice(window=Window(name="", center=40, width=80))
    assert in_words(own) == "a window of your own (level 40, width 80)"
