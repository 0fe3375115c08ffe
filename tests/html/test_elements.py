"""Elements are well formed whatever they are made of, and nothing of a user's text acts as HTML."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamsim.html import elements
from hamsim.html.markup import Html, anchor, escape, joined
from hamsim.report.sections import Fact, Section

VOID = {"img", "br", "meta", "input", "link", "hr"}
ODD = '<b onclick="x()">&amp; "quoted" $x$ \u202e \x07 日本'


class Reader(HTMLParser):
    """Notes tags, and that each is closed in order; what is within, as text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.attributes = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


MADE = {
    "table": lambda text: elements.table([text, "n"], [[text, 1], ["b", 2]], caption=text),
    "facts": lambda text: elements.facts([Fact(text, 1, text, note=text), (text, text)]),
    "fold": lambda text: elements.fold(text, text, note=text),
    "code": lambda text: elements.code(text, text),
    "status": lambda text: elements.status(text, text),
    "notes": lambda text: elements.notes([text], text),
    "heading": lambda text: elements.heading(text, note=text),
    "paragraph": lambda text: elements.paragraph(text),
    "progress": lambda text: elements.progress(0.5, text, text),
    "fragment": lambda text: elements.fragment(text, label=text),
    "section": lambda text: elements.section(
        Section(text, (Fact("", 0, text),), (text,), ((text,),))
    ),
}


@pytest.mark.parametrize("name", MADE)
@given(text=st.one_of(st.just(ODD), st.text(min_size=1, max_size=40)))
def test_text_stays_text(name, text):
    plain, odd = Reader(MADE[name]("plain")), Reader(MADE[name](text))
    few = {"p", "ul", "li", "h3", "div", "span", "dl", "dt", "dd"}  # empty ones may be left out
    assert [tag for tag in odd.tags if tag not in few] == [
        tag for tag in plain.tags if tag not in few
    ]
    assert {key for key, _ in odd.attributes} <= {key for key, _ in plain.attributes} | {"class"}


@pytest.mark.parametrize("name", MADE)
def test_odd_text_is_told_whole(name):
    told = Reader(MADE[name](ODD)).text
    assert '<b onclick="x()">&amp; "quoted" $x$' in told
    assert "日本" in told
    assert "\x07" not in told
    assert "\\x07" in told
    assert "\u202e" not in told  # turns what follows round


def test_escape_keeps_what_is_html_and_the_lines_of_a_text():
    assert escape(Html("<b>")) == "<b>"
    assert escape("a\n\t<b>") == "a\n    &lt;b&gt;"
    assert joined(["<", Html("<br>")]) == "&lt;<br>"


def test_a_table_has_headings_and_numbers_to_the_right():
    table = elements.table(
        ["name", "n", "range", "mixed"], [["a", "1,000", "-7.1 to 1e-3", "1"], ["b", "2", "3", "x"]]
    )
    assert table.count('scope="col"') == 4
    assert table.count('scope="row"') == 2
    assert table.count("hs-number") == 2 * 3
    assert "x" in Reader(table).text


def test_rows_that_are_not_shown_are_counted():
    table = elements.table(["n"], [[k] for k in range(30)], most=10)
    assert Reader(table).tags.count("tr") == 11
    assert "20 more rows not shown" in Reader(table).text
    assert "more row" not in elements.table(["n"], [[1]], most=1)
    assert "1 more row not" in elements.table(["n"], [[1], [2]], most=1)


def test_a_long_text_is_cut_in_the_middle_and_says_so():
    told = Reader(elements.code("a" * 100 + "b" * 100, "file", most=40)).text
    assert told == f"{'a' * 30} ... 160 letters are left out here ... {'b' * 10}"
    assert "left out" not in elements.code("a" * 40, "file", most=40)


def test_a_long_cell_is_shortened():
    assert len(elements.table(["n" * 100_000], [["x" * 1_000_000]])) < 4000


def test_states_have_signs_and_words_besides_colours():
    assert [Reader(elements.status(word)).text for word in ("proved", "refuted", "undecided")] == [
        "✓ proved",
        "✗ refuted",
        "? undecided",
    ]
    assert "hs-proved" in elements.status("proved", "must converge")
    assert "hs-" not in elements.status("hs-odd").replace("hs-status", "").replace("hs-odd", "")


def test_single_facts_without_names_are_sentences():
    assert Reader(elements.facts([Fact("", 1, "so it is")])).tags == ["p"]
    assert Reader(elements.facts([Fact("so", 1, "it is")])).tags == ["dl", "dt", "dd"]
    assert elements.facts([]) == ""


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0, 1.5, -1.0, float("nan")])
def test_progress_is_between_nothing_and_all(share):
    value = float(dict(Reader(elements.progress(share, "steps")).attributes)["value"])
    assert 0.0 <= value <= 1.0


def test_the_style_holds_within_fragments_only():
    rules = re.findall(r"[{}]([^{}]+)\{", "}" + elements.style().split(">", 1)[1])
    selectors = [each.strip() for rule in rules for each in rule.split(",")]
    assert len(selectors) > 30
    assert all(".hamsim" in each.split() or each == ".hamsim" for each in selectors)
    assert "/*" not in elements.style()


def test_every_class_has_a_rule():
    """A class that the style sheet does not know is a slip."""
    used = set()
    for make in MADE.values():
        used |= set(re.findall(r"\bhs-[a-z]+", str(make("plain"))))
    known = set(re.findall(r"\bhs-[a-z]+", elements.style()))
    assert used <= known


@pytest.mark.parametrize(
    ("text", "name"), [("What happened", "what-happened"), ("<b>", "b"), ("$", "part")]
)
def test_anchors(text, name):
    assert anchor(text) == name
