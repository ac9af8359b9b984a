"""What came in: the door, the receipts, and processing them again.

In:    webhook requests (plain ASGI, in front of the router), pulled pages of `sync`, pushed items of `api`.
Out:   receipts, byte for byte, each with its dedup key and its place in the inbox, in one commit.
Next:  the worker claims from the inbox; `flow` says what happens then.
Never: what a body means. It only knows what tells one delivery from another.
"""
