"""What the page about ready data says of its timings."""

from benchmarks import ready_data


def test_what_a_page_concludes_follows_its_figures() -> None:
    """Twice the time for .nii.gz, and a read over the mark by the clock but within it by CPU."""
    figures = {
        "2 steps of 2 from .nii.gz": (4.0, 6.0), "2 steps of 2 from ready shards": (2.0, 2.0),
        "read 2 from .nii.gz": (2.0, 3.0), "read 2 from ready shards": (0.1, 0.01),
        "read 64 from ready shards": (0.25, 0.08),
    }  # fmt: skip
    found = {name: [ready_data.Spent(*spent)] * 3 for name, spent in figures.items()}
    page = ready_data.report(found, 2, ["# Heading"])
    assert "| 2 steps of 2 from ready shards | 2.000 | 2.000 | 2.000 | 2.000 | 2.00 |" in page
    steps, reading, many = [line for line in page.splitlines() if line][-3:]
    assert "2.00 samples a second from ready shards, 1.00 from .nii.gz" in steps
    assert ".nii.gz takes 2.00 times as long, and 3.00 times the CPU" in steps
    assert "20.00 times as long, and 300.00 times the CPU" in reading
    assert "0.250 s by the clock, over the mark of 0.1 s; 0.040 s of CPU" in many
    assert many.endswith("within the mark of 0.1 s.")
