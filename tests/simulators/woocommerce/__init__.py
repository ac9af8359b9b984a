"""A WooCommerce store: its REST API v3, its webhooks and its approval page.

Source: integrations.md B, fixtures/README.md, and the recordings in tests/fixtures/woocommerce.
"""

from tests.simulators.woocommerce.faults import Fault
from tests.simulators.woocommerce.server import RunningShop, run_shop
from tests.simulators.woocommerce.shop import Shop

__all__ = ["Fault", "RunningShop", "Shop", "run_shop"]
