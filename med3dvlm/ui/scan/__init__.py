"""The scan panel: upload, examples, facts and plots of the open scan."""
