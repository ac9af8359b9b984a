"""Every setting, read once from the environment; documented by `convertos settings`."""

import os
from functools import cached_property
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How this installation runs. Each field is the environment variable `CONVERTOS_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="CONVERTOS_", extra="ignore", frozen=True, populate_by_name=True
    )

    home: Path = Field(Path(".convertos"), description="Directory of the embedded database, keys and logs.")
    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the web server listens on.")
    public_url: str | None = Field(
        None,
        description="Address under which browsers and shops reach this server, such as "
        "https://convertos.example. Default: http://HOST:PORT.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Comma-separated addresses of proxies whose X-Forwarded-* headers are believed.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL 15 to 18 to use instead of the embedded one: the URL of the role that owns "
        "the database and may create roles.",
    )
    app_database_url: SecretStr | None = Field(
        None, description="URL of the app role, where the owner may not create roles."
    )
    auth_database_url: SecretStr | None = Field(
        None, description="URL of the authentication role, where the owner may not create roles."
    )
    ingest_database_url: SecretStr | None = Field(
        None, description="URL of the ingest role, where the owner may not create roles."
    )
    worker_database_url: SecretStr | None = Field(
        None, description="URL of the worker role, where the owner may not create roles."
    )
    replica_url: SecretStr | None = Field(
        None, description="URL of a streaming replica that answers analytics reads (app role)."
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis or Valkey that several web processes share for rate limits."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Master key (at least 32 bytes, base64 or hex) that encrypts stored secrets. "
        "Default on the embedded database: generated into HOME/secret.key.",
    )
    allow_private_hosts: bool = Field(
        default=False,
        description="Whether connectors may call stores on private or loopback addresses.",
    )
    shopify_client_id: str | None = Field(
        None,
        validation_alias=AliasChoices("CONVERTOS_SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_ID"),
        description="Client id of the Shopify app that is used where a connection names none. "
        "Also read from SHOPIFY_CLIENT_ID.",
    )
    shopify_client_secret: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("CONVERTOS_SHOPIFY_CLIENT_SECRET", "SHOPIFY_CLIENT_SECRET"),
        description="Its client secret. Also read from SHOPIFY_CLIENT_SECRET.",
    )
    webhook_rate_per_minute: int = Field(
        6000, ge=1, description="Events a minute that one client's own senders may deliver."
    )
    api_rate_per_minute: int = Field(1200, ge=1, description="API requests a minute of one key or person.")
    max_body_bytes: int = Field(2 * 1024 * 1024, ge=1024, description="Largest webhook body taken.")
    most_connections: int = Field(4000, ge=10, description="Network connections that are held at a time.")
    most_connections_per_address: int = Field(
        256,
        ge=1,
        description="Network connections of one address at a time; trusted proxies are not counted.",
    )
    receipt_retention_days: int = Field(
        400, ge=32, description="How long received bodies are kept; whole months go together."
    )
    worker_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Loopback port on which a worker serves its own /metrics."
    )
    log_level: str = Field("info", description="debug, info, warning or error.")
    log_format: str = Field("auto", description="json, text, or auto (text on a terminal).")
    fail_at: str | None = Field(
        None,
        description="For tests of crashes on one machine: the step, and after a colon the how many-th time, at "
        "which the process kills itself.",
    )
    worker_batch_size: int = Field(1000, ge=1, le=5000, description="Receipts that are processed together.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @cached_property
    def base_url(self) -> str:
        """The public address, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def for_children(self) -> dict[str, str]:
        """The environment of a process that is to have the same settings."""
        environment = dict(os.environ)
        environment |= {"CONVERTOS_HOST": self.host, "CONVERTOS_PORT": str(self.port)}
        return environment | {"CONVERTOS_HOME": str(self.home)}

    @property
    def is_embedded(self) -> bool:
        """Whether ConvertOS runs its own PostgreSQL."""
        return self.database_url is None
