"""Who tells what happened, each in its own words: the shop's webhooks, the site's plugin.

In:    happenings, in the order of time.
Out:   bodies as the real sender writes them, with the time at which they arrive.
Next:  `fill` keeps them.
Never: chance, or what happens next. The same happening, the same bytes.
"""

from collections.abc import Iterator

from convertos.demo.brand import Brand
from convertos.demo.happenings import Happening
from convertos.demo.voices.plugin import PluginVoice
from convertos.demo.voices.told import Told, Voice, money
from convertos.demo.voices.woocommerce import WooCommerceVoice

__all__ = ["Told", "Voice", "money", "tell", "voices_of"]


def voices_of(brand: Brand) -> list[Voice]:
    """A brand's voices. A plugin beside a shop's own webhooks leaves most of the orders to them."""
    voices: list[Voice] = []
    for name in brand.voices:
        if name == "woocommerce":
            voices.append(WooCommerceVoice(brand))
        else:
            voices.append(PluginVoice(brand, is_alone=len(brand.voices) == 1))
    return voices


def tell(voices: list[Voice], happening: Happening) -> Iterator[Told]:
    """What all voices say of a happening."""
    for voice in voices:
        yield from voice.tell(happening)
