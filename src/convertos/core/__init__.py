"""The ground that knows no domain: settings, database, errors, clock, ids, crypto, logging.

In:    the environment, and calls from every package above.
Out:   connections, transactions, secrets, ids, times.
Next:  nobody; this is the lowest layer.
Never: the words order, contact, connection, tenant role or platform.
"""
