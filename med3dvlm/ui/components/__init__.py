"""Our own Gradio components, each with its own JavaScript and CSS."""
