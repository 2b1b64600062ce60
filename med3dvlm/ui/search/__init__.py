"""The search tab: a library of volumes by text or by similarity, with its plots."""
