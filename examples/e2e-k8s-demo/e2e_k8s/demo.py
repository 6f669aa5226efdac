"""The adder's three views: a page for people, JSON for programs, health for Kubernetes."""

import socket
from datetime import UTC, datetime

from pyramid.view import view_config

LIMIT = 10**15
POD = socket.gethostname()
STARTED = datetime.now(UTC).isoformat(timespec="milliseconds")


def add(a, b):
    return a + b


def parse_number(name, text):
    """A whole number where `text` is one, else a decimal; ValueError says what is wrong with `name`."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if abs(number) < LIMIT:
            return number
    raise ValueError(f"{name} must be a number below 10^15, not {text!r}")


def answer(request):
    """What to show for the request's `a` and `b`; a bad one makes it a 400 with the reason under `error`."""
    try:
        a, b = (parse_number(name, request.params.get(name, "")) for name in ("a", "b"))
    except ValueError as error:
        request.response.status_int = 400
        return {"error": str(error)}
    return {"a": a, "b": b, "result": add(a, b)}


@view_config(route_name="form", renderer="templates/form.jinja2")
def form(request):
    page = {"a": request.params.get("a", ""), "b": request.params.get("b", ""), "pod": POD}
    return page | answer(request) if request.params else page


@view_config(route_name="api", renderer="json")
def api(request):
    return answer(request) | {"pod": POD}


@view_config(route_name="health", renderer="json")
def health(request):
    return {"status": "ok", "pod": POD, "started": STARTED}
