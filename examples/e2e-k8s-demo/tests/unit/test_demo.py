import pytest
from pyramid.testing import DummyRequest

from e2e_k8s.demo import add, answer, parse_number


def test_adds_two_numbers():
    assert add(2, 3) == 5


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), (" -7 ", -7), ("0.5", 0.5), ("1e3", 1000.0), ("9" * 15, 10**15 - 1)]
)
def test_reads_whole_and_decimal_numbers(text, number):
    parsed = parse_number("a", text)
    assert parsed == number
    assert type(parsed) is type(number)


@pytest.mark.parametrize("text", ["", "seven", "1,5", "nan", "inf", "1e15", "9" * 5000])
def test_says_which_number_is_wrong(text):
    with pytest.raises(ValueError, match=r"^b must be a number below 10\^15, not "):
        parse_number("b", text)


def test_answers_with_the_numbers_and_their_sum():
    assert answer(DummyRequest(params={"a": "6", "b": "7"})) == {"a": 6, "b": 7, "result": 13}


def test_a_missing_number_is_a_bad_request():
    request = DummyRequest(params={"a": "6"})
    assert answer(request) == {"error": "b must be a number below 10^15, not ''"}
    assert request.response.status_int == 400
