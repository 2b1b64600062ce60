"""Words of visitors: other names of what a scan shows, and the sentences that ask for it.

The words are in three splits that share none, so that it can be measured whether a model
understands what it never read.
"""
