"""How a model is built: the shapes on the way, what the stem reads, and what its cells see."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from med3dvlm.commands import options
from med3dvlm.commands.one_table import check_new, write_rows
from med3dvlm.explain.structure.convolution import layers_of, three_lines, whole_cube
from med3dvlm.explain.structure.journey import journey
from med3dvlm.explain.structure.lattice import stem_reads
from med3dvlm.explain.structure.receptive import receptive_field
from med3dvlm.volumes import open_volume

TRIED = (32, 32, 32)
GRIDS = (("low grid", 3), ("high grid", 4))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("scan", type=Path, help="a file or a DICOM folder")
    parser.add_argument("--out", type=Path, required=True, help="a new .csv file, a row for a step")
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Follow a scan through the model, and write the table; yields every step.

    Raises:
        Med3DVLMError: the output exists or is no .csv file.
    """
    check_new(chosen.out)
    engine = options.engine_of(chosen)
    volume = open_volume(chosen.scan)
    with engine.models() as (vlm, _):
        seen, encoder = vlm.input.prepare(volume), vlm.model.encoder
        stops = journey(vlm, seen)
        write_rows(chosen.out, [
            {"step": stop.name, "shape": " x ".join(map(str, stop.shape)), "counts": stop.axes,
             "parameters": stop.parameters, "about": stop.about}
            for stop in stops
        ])  # fmt: skip
        for stop in stops:
            shape = " x ".join(map(str, stop.shape))
            yield f"{stop.name}: {shape} ({stop.axes}), {stop.parameters:,} parameters"
        for layer in layers_of(encoder.config, vlm.input.grid):
            lines, cube = three_lines(layer), whole_cube(layer)
            yield (
                f"{layer.name}: {lines.parameters:,} parameters as three lines of {layer.kernel}, "
                f"{cube.parameters:,} as a cube"
            )
        yield f"the stem reads {100 * stem_reads(encoder, TRIED).mean():.1f} % of the voxels"
        for name, stage in GRIDS:
            d, h, w = (n // 2 for n in encoder.config.grid(vlm.input.grid, stage))
            field = receptive_field(encoder, seen, (d, h, w), stage=stage)
            yield (
                f"middle cell of the {name}: {' x '.join(map(str, field.nominal))} voxels, nine "
                f"tenths of its gradient within {' x '.join(map(str, field.reach))}, "
                f"{100 * field.inside:.0f} % inside the cell"
            )
