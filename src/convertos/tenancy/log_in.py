"""People prove who they are with an e-mail address and a password.

Whether an address has an account can't be told from the answer, nor from the time that it takes. Attempts
are counted for each address of the network and for each account, before they are looked at.

Source: OWASP ASVS 5.0 §6.3.1 (throttling), §6.3.8 (no user enumeration).
"""

from typing import NamedTuple

from convertos.core.addresses import normal_email
from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import MasterKey, TokenHasher
from convertos.core.database import EVERY_TENANT, Database, Role
from convertos.core.errors import InvalidError, UnauthenticatedError
from convertos.core.limits import RateLimit, RateLimiter
from convertos.core.metrics import LOG_INS
from convertos.tenancy.audit import record
from convertos.tenancy.authenticate import caller_of_user
from convertos.tenancy.model import Caller
from convertos.tenancy.passwords import LONGEST, Passwords
from convertos.tenancy.sessions import NewSession, open_session
from convertos.tenancy.store.credentials import FoundPassword, find_password
from convertos.tenancy.store.users import update_user

PER_ADDRESS = RateLimit(60, 900)
PER_ACCOUNT = RateLimit(10, 900)
_ATTEMPTS = "attempts to sign in"


class SignedIn(NamedTuple):
    """Somebody who has just signed in."""

    caller: Caller
    session: NewSession


class LogIn:
    """Checks passwords and opens sessions; one for a process."""

    def __init__(
        self,
        database: Database,
        master_key: MasterKey,
        passwords: Passwords,
        limiter: RateLimiter,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._hasher = TokenHasher(master_key)
        self._passwords = passwords
        self._limiter = limiter
        self._clock = clock

    async def check(self, email: str, password: str, address: str) -> Caller:
        """Who has this address and password.

        Args:
            address: where the attempt comes from.

        Raises:
            UnauthenticatedError: nobody has.
            TooManyRequestsError: too many attempts from there, or for this account.
        """
        await self._limiter.demand(PER_ADDRESS, f"log-in:{address}", _ATTEMPTS)
        account = self._account(email)
        await self._limiter.demand(PER_ACCOUNT, account, _ATTEMPTS)
        found = await self._find(email)
        is_right = await self._passwords.matches(password[:LONGEST], found.password_hash if found else None)
        if found is None or not is_right or found.is_disabled:
            LOG_INS.labels("refused").inc()
            raise UnauthenticatedError("The e-mail address or the password is wrong.", code="log_in_failed")
        LOG_INS.labels("accepted").inc()
        await self._limiter.forget(PER_ACCOUNT, account)
        caller = caller_of_user(found)
        await self._strengthen(caller, found, password)
        return caller

    async def confirm(self, caller: Caller, password: str) -> None:
        """Have somebody who is signed in prove once more that it is them.

        Raises:
            ForbiddenError: it is no person.
            InvalidError: it is not their password.
            TooManyRequestsError: too many attempts.
        """
        account, _ = self._account(caller.email or ""), caller.person_id
        await self._limiter.demand(PER_ACCOUNT, account, _ATTEMPTS)
        found = await self._find(caller.email or "")
        if not await self._passwords.matches(password[:LONGEST], found.password_hash if found else None):
            raise InvalidError.field("presentPassword", "This is not your present password.")
        await self._limiter.forget(PER_ACCOUNT, account)

    async def sign_in(self, email: str, password: str, address: str, user_agent: str | None) -> SignedIn:
        """Open a session for who has this address and password.

        Raises:
            UnauthenticatedError: nobody has.
            TooManyRequestsError: too many attempts from there, or for this account.
        """
        caller = await self.check(email, password, address)
        return SignedIn(caller, await self.open(caller, user_agent))

    async def open(self, caller: Caller, user_agent: str | None) -> NewSession:
        """Open a session for a person who proved who they are."""
        async with self._database.transaction(caller.scope) as transaction:
            now = self._clock()
            session = await open_session(transaction, self._hasher, caller.person_id, now, user_agent)
            await record(transaction, caller, "user.signed_in", "user", caller.person_id)
        return session

    def _account(self, email: str) -> str:
        # Hashed: what counts may be a server of its own, and an address is personal data.
        return f"account:{self._hasher.hash(normal_email(email) or email).hex()[:32]}"

    async def _find(self, email: str) -> FoundPassword | None:
        normal = normal_email(email)
        async with self._database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
            # Asked also for what is no address, so that it takes as long.
            return await find_password(transaction, normal if normal and normal.isprintable() else "")

    async def _strengthen(self, caller: Caller, found: FoundPassword, password: str) -> None:
        if not self._passwords.is_outdated(found.password_hash):
            return
        stronger = await self._passwords.hash(password)
        async with self._database.transaction(caller.scope) as transaction:
            await update_user(transaction, found.user_id, {"password_hash": stronger})
