"""What is asked just after a scan was chosen is meant for that scan, not for the one before.

cards.select(chosen, None, [key], js=CHOICE_MADE).then(None, None, None, js=CHOICE_NOTED)
box.submit(ask, [box, scan], ..., js=AFTER_CHOICES)

Between a click and the server's taking note of it a question would still be put to the scan before;
so would one that is asked while files are being sent. It waits in the browser (choosing.js) until
the server knows of the choice, and holds it from then on.
"""

# The page's own example may be noted before the script is there, so either makes the counts.
COUNTS = "(window.scanChoices ??= { made: 1, noted: 0, sending: 0 })"
CHOICE_MADE = f"(...given) => {{ {COUNTS}.made += 1; return given; }}"
CHOICE_NOTED = f"() => {{ {COUNTS}.noted += 1; }}"
AFTER_CHOICES = "async (...given) => { await window.settled?.(); return given; }"
# The same where the first value, a box that is ticked, says that the question is about the scan.
AFTER_CHOICES_IF = "async (...given) => { if (given[0]) await window.settled?.(); return given; }"
