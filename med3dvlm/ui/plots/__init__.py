"""Plotly figures of a scan and of the library, and the parts of the page that show them."""
