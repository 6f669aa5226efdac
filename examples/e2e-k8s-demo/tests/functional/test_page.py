def test_the_form_adds_what_is_typed_into_it(browser):
    form = browser.get("/").form
    form["a"], form["b"] = "6", "7"
    page = form.submit()
    assert page.html.output.string == "13"
    assert page.form["a"].value == "6"


def test_the_empty_form_shows_no_answer_and_no_error(browser):
    page = browser.get("/").html
    assert page.output is None
    assert page.select(".error") == []


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(browser):
    page = browser.get("/", {"a": "<six>", "b": "7"}, status=400)
    assert page.html.select_one(".error").string == "a must be a number below 10^15, not '<six>'"
    assert page.form["a"].value == "<six>"


def test_the_page_finds_its_stylesheet(browser):
    link = browser.get("/").html.select_one("link[rel=stylesheet]")["href"]
    assert browser.get(link).content_type == "text/css"
