"""What is true: people, orders, leads, checkouts, products, refunds and touches of each client.

In:    records, from any platform and any door, in any order, any number of times.
Out:   tables that hold the same whatever the order was, and facts about what changed.
Next:  `attribution` credits orders, `analytics` adds them up.
Never: a platform's words, or credit.
"""
