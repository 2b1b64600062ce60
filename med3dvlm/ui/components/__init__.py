"""Our own Gradio components, each with its JavaScript and CSS beside it."""
