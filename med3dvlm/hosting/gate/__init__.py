"""The layer between the network and Gradio: checks, limits, login, ownership of files."""
