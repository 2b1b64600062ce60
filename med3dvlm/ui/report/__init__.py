"""The report tab: a report written section by section, edited, compared and exported."""
