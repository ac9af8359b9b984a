"""The real application with one more address, `/noop`, that answers at once: the floor of this very process."""

from convertos.app import Application
from convertos.core.http import Receive, Scope, Send, json_response, read_body, respond
from convertos.core.http_server import serve
from convertos.core.installation import Installation
from convertos.core.logging import configure_logging
from convertos.core.settings import Settings

_ANSWER = json_response(200, {"success": True})


class WithFloor:
    """Answers `/noop` itself and hands everything else on."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/noop":
            await read_body(scope, receive, 2**21)
            await respond(send, _ANSWER)
        else:
            await self._application(scope, receive, send)


if __name__ == "__main__":
    settings = Settings()
    configure_logging("warning", "json", process="door")
    serve(WithFloor(Application(Installation.find(settings))), settings)
