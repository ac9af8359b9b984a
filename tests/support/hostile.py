"""JSON and bytes that have broken somebody's software. Source: reliability.md §4 D."""

import gzip
import json
import random
import string

_random = random.Random(20)
INCOMPRESSIBLE = "".join(_random.choices(string.ascii_letters + string.digits, k=9600))
"""Longer than a PostgreSQL index takes, and no compression helps."""
WIDE = "".join(chr(_random.randrange(0x20000, 0x2A6DF)) for _ in range(2400))
"""As many bytes in a quarter of the characters."""

VALUES: dict[str, str] = {
    "NUL": r'"a\u0000b"',
    "only NUL": r'"\u0000"',
    "an escaped backslash and u0000": r'"a\\u0000b"',
    "a high surrogate": r'"a\ud800"',
    "a low surrogate": r'"\udc00a"',
    "surrogates in the wrong order": r'"\udc00\ud800"',
    "a pair of surrogates": r'"\ud83d\ude00"',
    "an integer of 5,000 digits": "9" * 5000,
    "an integer of 4,000 digits": "9" * 4000,
    "an integer of 40 digits": "9" * 40,
    "an integer beyond 64 bits": str(2**64),
    "a negative integer of 5,000 digits": "-" + "9" * 5000,
    "1e400": "1e400",
    "1e131073": "1e131073",
    "1e100000": "1e100000",
    "-1e100000": "-1e100000",
    "1e-100000": "1e-100000",
    "1e999999999999999999999": "1e999999999999999999999",
    "1e9999999": "1e9999999",
    "0e9999999": "0e9999999",
    "a decimal of 10,000 digits": "0." + "3" * 10_000,
    "a negative zero": "-0",
    "a negative zero decimal": "-0.0",
    "the NaN of text": '"NaN"',
    "the infinity of text": '"-Infinity"',
    "depth 50": "[" * 50 + "]" * 50,
    "depth 500": "[" * 500 + "]" * 500,
    "depth 900": '{"a":' * 900 + "1" + "}" * 900,
    "duplicate keys": '{"a":1,"a":2,"a":{"b":1},"":3,"":4}',
    "9.6 kB that nothing compresses": json.dumps(INCOMPRESSIBLE),
    "9.6 kB of four-byte characters": json.dumps(WIDE, ensure_ascii=False),
    "a text of spaces": '"' + " " * 3000 + '"',
    "control characters": r'"\u0001\u001f\u007f\u200b\u202e\ufeff\uffff"',
    "line ends": r'"a\r\nb\u2028c"',
    "markup": '"<script>alert(1)</script>"',
    "a formula": "\"=cmd|' /C calc'!A0\"",
    "SQL": '"\'; DROP TABLE orders; --"',
    "a braced array": '"{1,2,NULL}"',
    "null": "null",
    "true": "true",
    "false": "false",
    "an empty text": '""',
    "an empty list": "[]",
    "an empty object": "{}",
    "a list of everything": '[null,true,-1.5,"x",[],{},{"id":[]}]',
    "an object of objects": '{"a":{"id":{"b":[]}},"0":{"total":{}}}',
    "a date of year 1": '"0001-01-01T00:00:00Z"',
    "a date of year 9999": '"9999-12-31T23:59:59Z"',
    "a date with a far offset": '"2025-01-01T00:00:00+23:59"',
    "no date": '"0000-00-00 00:00:00"',
    "unix seconds of the far future": "253402300800",
}
"""Values by what is wrong with them, as JSON text."""

REFUSED_BODIES: dict[str, bytes] = {
    "NaN": b'{"event_id":"e","event_type":"test","id":1,"total":NaN}',
    "Infinity": b'{"event_id":"e","event_type":"test","id":1,"total":-Infinity}',
    "depth 100,000": b'{"event_id":"e","event_type":"test","id":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "depth 100,000 unclosed": b"[" * 100_000,
    "depth 1,000,000 of objects": b'{"a":' * 300_000,
    "invalid UTF-8": b'{"event_id":"e","event_type":"test","id":1,"name":"\xff\xfe"}',
    "overlong UTF-8": b'{"event_id":"e","event_type":"test","id":1,"name":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"event_id":"e","event_type":"test","id":1,"name":"\xed\xa0\x80"}',
    "UTF-16": '{"event_id":"e","event_type":"test","id":1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"event_id":"e","event_type":"test","id":1}'.encode("utf-16-le"),
    "UTF-32": '{"event_id":"e","event_type":"test","id":1}'.encode("utf-32"),
    "a raw NUL": b'{"event_id":"e","event_type":"test","id":1,"name":"a\x00b"}',
    "a raw control character": b'{"event_id":"e","event_type":"test","id":1,"name":"a\x01b"}',
    "gzip": gzip.compress(b'{"event_id":"e","event_type":"test","id":1}'),
    "two values": b'{"event_id":"e","event_type":"test","id":1}{"id":2}',
    "a trailing comma": b'{"event_id":"e","event_type":"test","id":1,}',
    "a comment": b'{"event_id":"e","event_type":"test","id":1 /* one */}',
    "single quotes": b"{'event_id':'e','event_type':'test','id':1}",
}
"""Bodies that are no JSON in UTF-8, or too deep for anybody."""


def many_keys(most: int) -> bytes:
    """An object of as many keys as go into some bytes, without its last brace."""
    return b"".join(b'"%x":0,' % number for number in range(most))
