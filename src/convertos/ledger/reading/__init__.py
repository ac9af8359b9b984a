"""What people and programs read of the ledger: lists with filters and cursors, single things, timelines.

In:    the transaction of whoever asks; its scope bounds what is found.
Out:   shapes (`model`), for `api` and `web` to show.
Next:  nothing: reading changes nothing.
Never: what earned an order; `attribution.credited` tells that of the same ids.
"""
