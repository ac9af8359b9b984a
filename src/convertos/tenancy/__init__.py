"""Who: organizations, clients, people, keys, sessions, and what each of them did.

In:    a session cookie, an API key, a token; forms and calls that change who may do what.
Out:   a `TenantScope` for whoever was authenticated, and the audit log.
Next:  every other domain asks for that scope.
Never: HTTP, or what a client's data means.
"""
