"""What the door answers."""

from collections.abc import Mapping, Sequence

import msgspec

from convertos.core.http import Response, json_response, problem_response
from convertos.ingest.keep import Kept
from convertos.platforms import Delivery, Refusal, RefusedError

REFUSAL_STATUS: Mapping[Refusal, int] = {
    Refusal.SIGNATURE_INVALID: 401,
    Refusal.ALGORITHM_NOT_ALLOWED: 401,
    Refusal.TIMESTAMP_MISSING: 401,
    Refusal.TIMESTAMP_OUTSIDE_TOLERANCE: 401,
    Refusal.ADDRESS_NOT_ALLOWED: 403,
    Refusal.CONTENT_TYPE: 415,
    Refusal.TOO_LARGE: 413,
    Refusal.NOT_JSON: 400,
    Refusal.EVENT_INVALID: 422,
    Refusal.BATCH_TOO_LARGE: 422,
    Refusal.RATE_LIMITED: 429,
}
_encoder = msgspec.json.Encoder()


def refusal_response(refused: RefusedError, headers: Mapping[str, str] | None = None) -> Response:
    """The problem that the sender reads."""
    status = REFUSAL_STATUS[refused.refusal]
    return problem_response(status, refused.refusal.value, refused.detail, headers=headers)


def deliveries_answer(
    body: bytes, deliveries: Sequence[Delivery | RefusedError], kept: Sequence[Kept | RefusedError]
) -> Response:
    """200 with what became of the one delivery, or a list where an array was sent."""
    results = [_result(delivery, result) for delivery, result in zip(deliveries, kept, strict=True)]
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        return json_response(
            200, {"success": all(result["success"] for result in results), "results": results}
        )
    return Response(200, _encoder.encode(results[0]))


def _result(delivery: Delivery | RefusedError, result: Kept | RefusedError) -> dict[str, object]:
    if isinstance(delivery, RefusedError) or isinstance(result, RefusedError):
        refused = delivery if isinstance(delivery, RefusedError) else result
        assert isinstance(refused, RefusedError)  # noqa: S101 - narrows for the type checker
        return {"success": False, "code": refused.refusal.value, "detail": refused.detail}
    return {"success": True, "eventId": delivery.event_id, "duplicate": result.is_duplicate}
