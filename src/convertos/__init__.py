"""ConvertOS tells shops and the agencies who run them where their revenue comes from.

Read `flow.py` first: it is the whole way of the data on one page.
"""

__version__ = "0.1.0"
