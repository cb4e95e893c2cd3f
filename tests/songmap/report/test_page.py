"""One page: what is data stays data, and nothing else runs."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from plotly.offline import get_plotlyjs

from songmap.report.page import page, policy, safe_json

HOSTILE = '</script><script>alert(1)</script><!--<script> & "\u2028\u2029'


@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_comes_back_and_holds_no_markup(value):
    text = safe_json(value)
    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")


class Parser(HTMLParser):
    def __init__(self):
        super().__init__()
        self.scripts, self.tags, self.policy = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        given = dict(attrs)
        if tag == "script":
            self.scripts.append((given, ""))
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]

    def handle_data(self, data):
        if self.scripts and self.cdata_elem == "script":
            given, text = self.scripts[-1]
            self.scripts[-1] = given, text + data


def parsed(text):
    parser = Parser()
    parser.feed(text)
    return parser


def test_hostile_text_adds_no_element_and_comes_back():
    plain, hostile = parsed(page({"songs": "harmless"})), parsed(page({"songs": HOSTILE}))
    assert hostile.tags == plain.tags
    blocks = {given["id"]: json.loads(text) for given, text in hostile.scripts if "id" in given}
    assert blocks == {"songs": HOSTILE}


def test_what_looks_like_a_part_of_the_template_is_left_alone():
    assert "{{STYLE}}" in page({"songs": "{{STYLE}}"})


def test_the_policy_allows_the_scripts_of_the_page_and_no_others():
    found = parsed(page({}))
    programs = [text for given, text in found.scripts if "type" not in given]
    digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in programs}
    assert set(re.findall(r"'sha256-([^']+)'", found.policy)) == digests
    assert programs[0] == get_plotlyjs()
    assert "unsafe-inline" not in re.findall(r"script-src ([^;]*)", found.policy)[0]
    assert found.policy.startswith("default-src 'none'")
    assert policy() != policy("x")


def test_nothing_is_loaded_and_text_is_never_parsed_as_markup():
    text = page({}).replace(get_plotlyjs(), "")
    assert not re.search(
        r"\b(src|href)=|@import|url\(|innerHTML|outerHTML|insertAdjacent|document\.write|fetch\(", text
    )
    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}
