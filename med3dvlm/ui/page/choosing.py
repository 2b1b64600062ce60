"""What is asked just after a scan was chosen is meant for that scan, not for the one before.

cards.select(chosen, None, [key], js=CHOICE_MADE).then(None, None, None, js=CHOICE_NOTED)
box.submit(ask, [box, scan], ..., js=AFTER_CHOICES)

Between a click and the server's taking note of it a question would still be put to the scan before;
so would one that is asked while files are being sent. It waits in the browser (choosing.js) until
the server knows of the choice, and holds it from then on.
"""

CHOICE_MADE = "(...given) => { window.choosing.made(); return given; }"
CHOICE_NOTED = "() => { window.choosing.noted(); }"
AFTER_CHOICES = "async (...given) => { await window.choosing?.settled(); return given; }"
