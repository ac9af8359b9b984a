"""What goes wrong in a store, where and how often a test says."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulators.woocommerce.answers import Answer, Asked, refusal

LOGIN_PAGE = b"<!DOCTYPE html><html><body><form id='loginform'>Log in</form></body></html>"


@dataclass
class Fault:
    """Replaces or spoils answers.

    Attributes:
        where: which requests it meets.
        spoil: the answer in place of the true one.
        times: how often; then the store is well again.
    """

    where: Callable[[Asked], bool]
    spoil: Callable[[Answer], Answer]
    times: int = 1

    def meets(self, asked: Asked) -> bool:
        if self.times <= 0 or not self.where(asked):
            return False
        self.times -= 1
        return True


def page(kind: str, number: int) -> Callable[[Asked], bool]:
    """Requests for one page of a list."""
    return lambda asked: asked.path == f"/{kind}" and asked.number("page", 1) == number


def lists(kind: str) -> Callable[[Asked], bool]:
    """Requests for any page of a list."""
    return lambda asked: asked.path == f"/{kind}"


def anything(_: Asked) -> bool:
    return True


def slow_down(seconds: str = "7") -> Callable[[Answer], Answer]:
    return lambda _: refusal(429, "too_many_requests", "Slow down.")._replace(
        headers={"retry-after": seconds}
    )


def broken(_: Answer) -> Answer:
    return Answer(500, b"<html><body>There has been a critical error</body></html>", {})


def truncated(answer: Answer) -> Answer:
    return answer._replace(body=answer.body[: len(answer.body) // 2])


def login_page(_: Answer) -> Answer:
    return Answer(200, LOGIN_PAGE, {"content-type": "text/html"})


def empty(answer: Answer) -> Answer:
    return answer._replace(body=b"[]")


def total(number: int) -> Callable[[Answer], Answer]:
    """A wrong `X-WP-Total`."""
    pages = -(-number // 100)
    headers = {"x-wp-total": str(number), "x-wp-totalpages": str(pages)}
    return lambda answer: answer._replace(headers={**answer.headers, **headers})
