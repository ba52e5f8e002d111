"""JSON as `JSON.stringify` writes it."""

from trackyard.kit.canonical_json import canonical_json


def test_keys_that_look_like_array_indexes_come_first() -> None:
    assert canonical_json({"b": 1, "10": 2, "9": 3, "4294967295": 4}) == b'{"9":3,"10":2,"b":1,"4294967295":4}'


def test_a_key_of_thousands_of_digits_is_a_key_like_any_other() -> None:
    key = "1" * 5000
    assert canonical_json({"a": 1, key: 2, "7": 3}) == f'{{"7":3,"a":1,"{key}":2}}'.encode()
