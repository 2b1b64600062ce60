"""The Explain tab: maps over the scan, lesions painted live, and what changes of a scan change."""
