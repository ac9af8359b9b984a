"""What it adds up to: revenue by day and source, kept as sums of whole days, and the questions asked of it.

In:    orders, credits, refunds and leads, read from their tables; facts about which days changed.
Out:   rollups that equal the orders to the cent, and reports made from them.
Next:  `api` and `web` show them.
Never: a sum that is added to; a day that changed is summed anew.
"""
