def test_adds_over_json(browser):
    reply = browser.get("/api/add", {"a": "6", "b": "7"}).json
    assert {name: reply[name] for name in ("a", "b", "result")} == {"a": 6, "b": 7, "result": 13}


def test_says_which_replica_answered(browser):
    assert browser.get("/api/add?a=1&b=2").json["pod"] == browser.get("/healthz").json["pod"]


def test_refuses_what_is_no_number(browser):
    reply = browser.get("/api/add?a=1&b=two", status=400).json
    assert reply["error"] == "b must be a number below 10^15, not 'two'"


def test_is_healthy(browser):
    assert browser.get("/healthz").json["status"] == "ok"
