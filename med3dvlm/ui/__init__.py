"""The page: a scan panel with the viewer, and tabs to chat, report and search. Gradio lives here."""
