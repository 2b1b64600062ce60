"""A learner in a lesson: what stands on the page, what is predicted, what comes of it."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from med3dvlm.lessons.content import Lesson, Step
from med3dvlm.lessons.pictures import MODEL, TRUTH
from med3dvlm.lessons.visit import Station, stations_of

CORNER = (0.02, 0.02)  # a place in a slice where nothing is painted
SCORE = re.compile(r"you ([\d.]+); the model: ([\d.]+\.|nothing)")
# Which value of a reveal is the truth that a prediction is held against.
TRUTHS = {
    "voxel": "mm", "stem": "percent", "sure": "yes", "agreement": "agree", "loss": "after",
    "certificate": "percent", "threshold": "threshold", "matrix": "right", "curve": "model",
    "written": "truth",
}  # fmt: skip
MIDDLE = """(image, [red, green, blue]) => {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  let [count, down, across] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    const off = [red, green, blue].map((one, n) => Math.abs(data[i + n] - one));
    if (off[0] + off[1] + off[2] > 60) continue;
    count += 1; down += Math.floor(i / 4 / canvas.width); across += (i / 4) % canvas.width;
  }
  return [down / count / canvas.height, across / count / canvas.width];
}"""


@dataclass(frozen=True)
class Shown:
    """What a stop shows before anything is predicted."""

    words: str
    asked: tuple[str, ...]
    picture: str


@dataclass(frozen=True)
class Learner:
    """One page, in a lesson."""

    page: Page

    def part(self, name: str) -> Locator:
        return self.page.locator(f"#learn-{name}")

    def shown(self) -> Shown:
        """Once the stop is complete."""
        expect(self.part("stop").locator("h3")).to_be_visible()
        expect(self.part("told").locator(".busy")).to_have_count(0)
        words = self.part("stop").inner_text()
        if words.startswith("Step"):
            expect(self.part("picture").locator("img")).to_be_visible()
        picture = self.part("picture").locator("img")
        source = picture.get_attribute("src") or "" if picture.count() else ""
        asked = self.part("options").locator("label"), self.part("typed").locator("label")
        texts = tuple(text for one in asked for text in one.all_inner_texts())
        return Shown(words, texts, source)

    def next(self) -> None:
        before = self.part("stop").locator("h3").inner_text()
        self.part("next").click()
        expect(self.part("stop").locator("h3")).not_to_have_text(before)

    def link(self) -> str:
        return self.part("link").locator("a").get_attribute("href") or ""

    def choose(self, place: int) -> None:
        self.part("options").locator("label").nth(place).click()

    def point(self, place: tuple[float, float]) -> None:
        slice_ = self.part("picture").locator(".learn-slice.open img")
        slice_.scroll_into_view_if_needed()
        box = slice_.bounding_box()
        assert box
        down, across = place
        slice_.click(position={"x": across * box["width"], "y": down * box["height"]})
        expect(self.part("picture").locator(".chosen")).to_be_visible()

    def predict(self, step: Step, said: Any) -> None:
        match step.kind.prediction:
            case "click":
                self.point(said)
            case "choice":
                self.choose(said)
            case _:
                self.part("typed").locator("input, textarea").first.fill(str(said))

    def reveal(self) -> str:
        """What came out, once it is there."""
        self.part("reveal").click()
        expect(self.part("result").locator(".learn-lesson")).to_be_visible()
        expect(self.part("reveal")).to_be_visible()
        return self.part("result").inner_text()

    def answer(self, place: int) -> str:
        """Of a question of the quiz."""
        self.choose(place)
        self.part("reveal").click()
        expect(self.part("result").locator("p")).to_be_visible()
        return self.part("result").inner_text()

    def marked(self, step: Step) -> tuple[float, float]:
        """Where a step that is pointed at is to be pointed at, by the revealed picture."""
        colour = MODEL if step.experiment == "look" else TRUTH
        picture = self.part("picture").locator("img")
        down, across = picture.evaluate(MIDDLE, list(colour))
        return down, across


def score_in(result: str) -> float:
    found = SCORE.search(result)
    assert found, result
    return float(found[1])


def wrong(step: Step) -> Any:
    """A prediction that can't be right; of a choice, the first, which may be."""
    number = {0: "99999", 100: "75"}.get(step.most, "0")  # truths are near 49 and 99
    unlikely = {
        "click": CORNER, "choice": 0, "number": number, "percentages": "100 100 0 0",
        "writing": "Nothing abnormal.",
    }  # fmt: skip
    return unlikely[step.kind.prediction]


def right(learner: Learner, step: Step, result: str) -> Any:
    """The right prediction, read off what was revealed; of a choice, the second one."""
    values = values_of(step, result)
    said = values.get(TRUTHS.get(step.experiment, ""), "")
    match step.kind.prediction:
        case "click":
            return learner.marked(step)
        case "choice" if step.experiment == "chain":
            return 2 * (number_in(values["last"]) >= 50) + (values["first"] == "right")
        case "choice":
            return 1
    words = {"percentages": said.replace("%", ""), "writing": f"There is a {said}."}
    return words.get(step.kind.prediction) or f"{number_in(said):g}"


def number_in(said: str) -> float:
    """The first number of a text, such as 99 of "over 99"."""
    return float(re.findall(r"\d+(?:\.\d+)?", said)[0])


def values_of(step: Step, result: str) -> dict[str, str]:
    """The values that a reveal quotes, by name."""
    parts = re.split(r"\{(\w+)[^}]*\}", step.reveal)
    pattern, seen = "", set[str]()
    for n, part in enumerate(parts):
        if n % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P<{part}>.*?)" if part not in seen else ".*?"
            seen.add(part)
    found = re.search(pattern + r"$", result.split("\n")[0])
    assert found, f"{step.reveal!r} isn't {result!r}"
    return found.groupdict()


def stops(lesson: Lesson) -> tuple[Station, ...]:
    return stations_of(lesson)
