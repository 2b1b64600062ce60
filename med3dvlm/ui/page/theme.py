"""How the page looks: a theme with local fonts only, and its style sheets.

page.launch(theme=theme(), css_paths=STYLE_SHEETS)
"""

from pathlib import Path

import gradio as gr

SHEETS = ("page", "workbench", "explain", "inside")
STYLE_SHEETS = [Path(__file__).parent / f"{name}.css" for name in SHEETS]
SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def theme() -> gr.themes.Base:
    """Muted greys with one accent colour, so that the scan stands out."""
    return gr.themes.Base(
        primary_hue="teal",
        secondary_hue="slate",
        neutral_hue="slate",
        font=SANS,
        font_mono=MONO,
        radius_size="md",
        spacing_size="md",
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color_subdued="*neutral_600",
        color_accent="*primary_700",  # the dark one is in page.css
        block_border_width="1px",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
    )
