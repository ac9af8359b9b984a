"""Long work and upkeep of the domain."""
