"""SQL of the one-time token of the set-up page. It belongs to no tenant: there is none yet."""

from convertos.core.database import Transaction


async def has_users(transaction: Transaction) -> bool:
    """Whether anybody at all has an account (authentication role)."""
    return bool(await transaction.scalar("SELECT EXISTS (SELECT FROM users)"))


async def replace_setup_token(transaction: Transaction, token_hash: bytes) -> None:
    """Write a new token; earlier ones are good for nothing any more (authentication role)."""
    await transaction.execute("DELETE FROM setup_tokens")
    await transaction.execute("INSERT INTO setup_tokens (token_hash) VALUES (%s)", (token_hash,))


async def is_setup_token(transaction: Transaction, token_hash: bytes) -> bool:
    """Whether a token still waits to be used (authentication role)."""
    return bool(
        await transaction.scalar(
            "SELECT EXISTS (SELECT FROM setup_tokens WHERE token_hash = %s)", (token_hash,)
        )
    )


async def take_setup_tokens(transaction: Transaction) -> list[bytes]:
    """Take every token, for this transaction alone; who comes at the same time waits and finds none."""
    rows = await transaction.tuples("DELETE FROM setup_tokens RETURNING token_hash")
    return [bytes(row[0]) for row in rows]


async def forget_setup_tokens(transaction: Transaction) -> None:
    """Drop every token."""
    await transaction.execute("DELETE FROM setup_tokens")
