"""What Prometheus reads at `/metrics`. No label holds anything that came from outside."""

from prometheus_client import Counter, Gauge, Histogram

DOOR_REQUESTS = Counter(
    "convertos_webhook_requests_total", "Requests at the webhook door", ["platform", "status"]
)
REJECTIONS = Counter("convertos_webhook_rejections_total", "Deliveries refused at the door", ["reason"])
COMMIT_SIZE = Histogram(
    "convertos_receipt_commit_size",
    "Receipts kept in one commit",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
COMMIT_SECONDS = Histogram(
    "convertos_receipt_commit_seconds",
    "Time to keep one batch of receipts",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
)
PROCESSED = Counter("convertos_receipts_processed_total", "Receipts processed", ["outcome"])
PROCESS_SECONDS = Histogram("convertos_batch_seconds", "Time to process one batch of receipts", ["step"])
OLDEST_WAITING_SECONDS = Gauge("convertos_oldest_waiting_seconds", "Age of the oldest unprocessed receipt")
WAITING = Gauge("convertos_receipts_waiting", "Receipts that wait to be processed")
PARKED = Gauge("convertos_receipts_parked", "Receipts that failed for good and wait for a person")
HTTP_SECONDS = Histogram("convertos_http_seconds", "Time to answer", ["route", "method", "status"])
LOG_INS = Counter("convertos_log_ins_total", "Attempts to sign in with a password", ["outcome"])
