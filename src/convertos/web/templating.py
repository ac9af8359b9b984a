"""Templates: escaped always, and an unknown name is an error."""

from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from convertos.tenancy.passwords import SHORTEST
from convertos.web.assets import Assets
from convertos.web.hues import hue_of, label_of

FOLDER = Path(__file__).parent / "templates"


class Templates:
    """Renders the pages of one process."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "asset": assets.url,
            "icon": partial(_icon, assets),
            "hue_of": hue_of,
            "label_of": label_of,
            "shortest_password": SHORTEST,
        }

    def url(self, asset: str) -> str:
        """Where the browser finds a file."""
        return self._assets.url(asset)

    def render(self, name: str, **context: Any) -> str:
        """A template as text."""
        return self._environment.get_template(name).render(context)


def _icon(assets: Assets, name: str, classes: str = "") -> Markup:
    if name not in assets.icons:
        raise KeyError(f"icons.txt does not list {name}")
    reference = f"{assets.url('vendor/icons.svg')}#{name}"
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}"/></svg>').format(classes, reference)
