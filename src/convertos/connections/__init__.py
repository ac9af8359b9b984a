"""With which keys: the sources of a client's data, their secrets and their state.

In:    forms and API calls of people; lookups of the door.
Out:   connections with public ids, secrets (encrypted at rest), the door's directory of them.
Next:  `ingest` asks the directory who is at the door; `sync` calls the stores.
Never: what a delivery means, or which platform does what: that is `platforms`.
"""
