"""A real WordPress: Debian's files, a database of its own, PHP's web server with several workers."""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.wordpress.mariadb import run_mariadb
from tests.wordpress.unprivileged import give_away, run, serve

HERE = Path(__file__).parent
WORDPRESS = Path(os.environ.get("WORDPRESS_DIR", "/usr/share/wordpress"))
"""Debian's package, or any other copy of WordPress."""

ADMIN, PASSWORD = "keeper", "a password that is only good for tests"
_PHP = (
    "php",
    "-d",
    "sendmail_path=/bin/true",
    "-d",
    "memory_limit=256M",
    "-d",
    "max_execution_time=60",
    "-d",
    "opcache.revalidate_freq=0",
)
_WORKERS = "4"

_CONFIG = """<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:%(socket)s' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
foreach ( array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT',
    'LOGGED_IN_SALT', 'NONCE_SALT' ) as $name ) {
    define( $name, hash( 'sha256', "only good for tests $name" ) );
}
$table_prefix = 'wp_';
define( 'WP_HOME', '%(url)s' );
define( 'WP_SITEURL', '%(url)s' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', '%(root)s/debug.log' );
define( 'BENCH_LOG', '%(root)s/bench.log' );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'FS_METHOD', 'direct' );
if ( ! defined( 'ABSPATH' ) ) {
    define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
"""
_ROUTER = """<?php
// What a web server does for WordPress: files as they are, everything else to index.php.
$path = rawurldecode( parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
$file = realpath( __DIR__ . $path );
if ( $file && is_file( $file ) && 0 !== strpos( basename( $file ), '.' ) ) {
    return false;
}
if ( $file && is_dir( $file ) && is_file( "$file/index.php" ) && '/' !== $path ) {
    $_SERVER['SCRIPT_NAME'] = rtrim( $path, '/' ) . '/index.php';
    $_SERVER['PHP_SELF']    = $_SERVER['SCRIPT_NAME'];
    chdir( $file );
    require "$file/index.php";
    return true;
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
$_SERVER['PHP_SELF']    = '/index.php';
require __DIR__ . '/index.php';
"""


class WordPressError(Exception):
    """What was asked of the site ended in an error of PHP's."""


@dataclass
class WordPressSite:
    """A running site.

    Attributes:
        root: where its files are.
        url: where it answers.
    """

    root: Path
    url: str
    domain: str = field(init=False)

    def __post_init__(self) -> None:
        self.domain = self.url.removeprefix("http://")

    @property
    def plugins(self) -> Path:
        """Where its plugins are."""
        return self.root / "wp-content" / "plugins"

    def visitor(self, **cookies: str) -> httpx.AsyncClient:
        """Somebody with a browser."""
        return httpx.AsyncClient(base_url=self.url, cookies=cookies, timeout=60, follow_redirects=True)

    async def do(self, function: str, /, *, cookies: Mapping[str, str] | None = None, **given: Any) -> Any:
        """Run a function of the bench within a page of the site, as a visitor's request does."""
        async with self.visitor(**(cookies or {})) as http:
            answer = await http.post("/", json=given, headers={"x-bench": function})
        if answer.status_code != 200 or answer.headers.get("x-bench-done") != "yes":
            raise WordPressError(
                f"{function}: {answer.status_code} {answer.text[:2000]} {self.complaints()[-2000:]}"
            )
        return answer.json()

    async def run(self, function: str, /, **given: Any) -> Any:
        """Run a function of the bench from the command line, as a system's cron does."""
        command = (*_PHP, *_compiled(self.root.parent), str(self.root / "bench-run.php"), function)
        written = await run(*command, given=json.dumps(given).encode())
        return json.loads(written)

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[httpx.AsyncClient]:
        """The site's administrator, signed in through its own page."""
        form = {"log": ADMIN, "pwd": PASSWORD, "testcookie": "1", "redirect_to": f"{self.url}/wp-admin/"}
        async with self.visitor(wordpress_test_cookie="WP Cookie check") as http:
            (await http.post("/wp-login.php", data=form)).raise_for_status()
            yield http

    async def cron(self) -> None:
        """Let WordPress do what is due, as its own cron does."""
        async with self.visitor() as http:
            (await http.get("/wp-cron.php", params={"doing_wp_cron": ""})).raise_for_status()

    def outgoing(self) -> list[dict[str, Any]]:
        """Every request that PHP made: during which page, to where."""
        log = self.root / "bench.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def forget_outgoing(self) -> None:
        """Start counting anew."""
        (self.root / "bench.log").unlink(missing_ok=True)

    def complaints(self) -> str:
        """What PHP complained of: errors, warnings, notices."""
        log = self.root / "debug.log"
        return log.read_text() if log.exists() else ""


def _compiled(directory: Path) -> list[str]:
    """PHP's arguments for keeping what it compiled for the next program: most of a program's time."""
    cache = f"opcache.file_cache={directory / 'compiled'}"
    return ["-d", "opcache.enable_cli=1", "-d", cache, "-d", "opcache.file_cache_only=1"]


@asynccontextmanager
async def run_wordpress(directory: Path) -> AsyncIterator[WordPressSite]:
    """Set a WordPress up below a directory and serve it on a free loopback port."""
    root = directory / "site"
    (directory / "compiled").mkdir()
    async with run_mariadb(directory) as database:
        port = _free_port()
        site = WordPressSite(root, f"http://127.0.0.1:{port}")
        await asyncio.to_thread(_lay_out, root, {"socket": database, "url": site.url, "root": root})
        await run(
            "mariadb",
            "--no-defaults",
            f"--socket={database}",
            "--user=root",
            given=b"CREATE DATABASE wordpress CHARACTER SET utf8mb4",
        )
        await run(*_PHP, *_compiled(directory), str(root / "bench-install.php"), ADMIN, PASSWORD)
        command = (*_PHP, "-S", f"127.0.0.1:{port}", "-t", str(root), str(root / "router.php"))
        environment = {"PHP_CLI_SERVER_WORKERS": _WORKERS}
        log = directory / "php.log"
        async with serve(*command, ready=b"started", log=log, environment=environment):
            yield site


def _lay_out(root: Path, places: Mapping[str, object]) -> None:
    shutil.copytree(WORDPRESS, root, symlinks=False, ignore=shutil.ignore_patterns("wp-content", ".htaccess"))
    content = root / "wp-content"
    shutil.copytree(HERE / "theme", content / "themes" / "bench")
    shutil.copytree(HERE / "bench", content / "mu-plugins")
    for name in ("plugins", "uploads", "upgrade"):
        (content / name).mkdir()
    (root / "wp-config.php").write_text(_CONFIG % places)
    (root / "router.php").write_text(_ROUTER)
    for script in ("bench-run.php", "bench-install.php"):
        shutil.move(content / "mu-plugins" / script, root / script)
    give_away(root)


def put_in(site: WordPressSite, name: str, folder: Path) -> None:
    """Put a plugin's folder into the site; it has to be activated then."""
    shutil.copytree(folder, site.plugins / name, symlinks=False)
    give_away(site.plugins / name)


def put_stand_ins(site: WordPressSite) -> list[str]:
    """Put the shop and the forms in; their main files, in the order in which they are activated."""
    put_in(site, "woocommerce", HERE / "stand_ins" / "woocommerce")
    put_in(site, "stand-in-forms", HERE / "stand_ins" / "forms")
    return ["woocommerce/woocommerce.php", "stand-in-forms/forms.php"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
