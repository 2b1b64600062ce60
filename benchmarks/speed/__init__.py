"""How fast this is beside the plain way, in one table: `make bench`.

    python -m benchmarks.speed               # all rows, minutes on an idle machine
    python -m benchmarks.speed --short       # the released encoder on half its grid

Each row times the plain way and ours in turn, so that other work on the machine slows both; the
ratio of each round counts. Seconds of the processor stand beside those of the clock, because other
work hardly changes them. Results must be equal, or nothing is timed.
"""
