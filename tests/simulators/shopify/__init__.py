"""A Shopify store behind its Admin API: the real schema, costs, tokens, bulk files, and what goes wrong."""
