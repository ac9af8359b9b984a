"""What we went and got: history and changes pulled from stores, and proof that nothing is missing.

In:    keys of a store; requests by people, schedules, and webhooks that were found switched off.
Out:   receipts (a pulled object is kept like a delivery), progress, remote webhooks, reconciliations.
Next:  the worker processes the receipts like any other; `api` and `web` show the progress.
Never: what an object means, or how a platform's API looks: that is `platforms`.
"""
