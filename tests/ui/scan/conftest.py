"""The plots of the page, for this folder's tests."""

from tests.ui.plot_fixtures import built, hounsfield, of_search, plots, shown_in, unitless

__all__ = ["built", "hounsfield", "of_search", "plots", "shown_in", "unitless"]
