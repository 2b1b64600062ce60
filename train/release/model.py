"""From a finished run to a model with its card; default_model.py adds what phantoms need.

write_model(Place(run=Path("runs/m3d"), data=Path("ready")), Path("model"))
"""

from pathlib import Path

from train.recipes.opening import Place
from train.release.card import CARD, card, time_of
from train.release.export import export, records_of


def write_model(place: Place, out: Path) -> None:
    """Write both checkpoints and the model card.

    Raises:
        TrainingError: a stage isn't finished.
    """
    records = records_of(place.run)
    last = records["instruction"]
    facts = {
        "data digest": last.inputs["data"],
        "hardware": last.hardware,
        "time": time_of(sum(record.seconds for record in records.values())),
    }
    info = export(place, out, facts=facts)
    (out / CARD).write_text(card(out, info, records))
