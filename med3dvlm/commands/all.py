"""All commands by name; a new one is added here.

for name, command, about in COMMANDS:
    print(name, about)
"""

from med3dvlm.commands import (
    ask,
    built,
    detect,
    embed,
    explain,
    inside,
    library,
    perturb,
    phantom,
    prepare,
    prompts,
    report,
    search,
)

COMMANDS = (
    ("ask", ask, "ask the same questions about every scan in a folder"),
    ("report", report, "write a report for every scan in a folder"),
    ("search", search, "search a library for scans, by text or by a similar scan"),
    ("embed", embed, "build a searchable library from scans"),
    ("library", library, "build, extend, check, copy a library of one's own"),
    ("prepare", prepare, "save the model's input for every scan in a folder"),
    ("phantom", phantom, "save a phantom as NIfTI or DICOM, as test data"),
    ("explain", explain, "save a map of what a score for a scan comes from"),
    ("perturb", perturb, "ask before and after a scan is flipped, blurred, blanked, cropped ..."),
    ("detect", detect, "paint a lesion into a phantom and see whether it is detected"),
    ("inside", inside, "save what is known of each word of an answer"),
    ("prompts", prompts, "try pairs of prompts on phantoms of known truth and on a scan"),
    ("built", built, "follow a scan through the model, with all shapes"),
)
