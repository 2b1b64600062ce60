"""The page: a scan panel with the viewer; tabs to chat, report, search. Gradio lives here."""
