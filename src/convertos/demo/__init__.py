"""A made-up history to look at: three brands, eighteen months, through the same door as everything else.

In:    a seed, a first day, the present.
Out:   deliveries as real shops and sites send them, kept as receipts; the clients and connections they come by.
Next:  the worker processes them like any other. `convertos demo` is the command; docs/howto/try-with-demo-data.md.
Never: a row that a real sender's delivery would not have made, or a real person, brand or address.

    brand, tables/   what each brand is like        season, chance, timeline   what the story is made with
    history          the story, day by day          crowd, shop, quotes, orders   who comes, and what they do
    voices/          who tells of it, in whose words
    place            the clients and connections    fill   keeps what is not kept yet    follow   waits for the worker
"""
