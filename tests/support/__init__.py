"""What tests stand on: a real database, a real server on a socket, a worker, and ways to make tenants."""
