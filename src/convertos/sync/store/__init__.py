"""All SQL of syncs, by what it is about."""
