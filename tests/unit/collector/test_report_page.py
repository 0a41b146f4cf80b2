"""The report's page: valid, self-contained, of any run; and nothing that a peer says becomes markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.facts import RunFacts, StreamFacts, WorkerFacts
from collector.report import build_report
from collector.report_page import POLICY, report_page
from common.rows import Ending, Status
from tests.unit.collector.runs import TIMES, check_schema, points, run, stream

VOID = {"meta"}
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "h1", "h2", "p", "div", "span"),
    *("b", "i", "small", "figure", "figcaption", "svg", "path", "rect", "g", "table", "thead", "tbody", "tr", "th"),
    *("td", "dl", "dt", "dd", "code"),
}
"""All that the page is made of: neither scripts nor links nor pictures."""


class Page(HTMLParser):
    """A page's elements and its text, with every tag closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        self.seen.add(tag)
        self.attributes += attrs
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        """See `HTMLParser`."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """See `HTMLParser`."""
        self.texts += [] if self.open[-1:] == ["style"] else [data]

    @property
    def text(self) -> str:
        """What a reader sees, and what is shown under the pointer."""
        return "\n".join(self.texts)


def page_of(facts: RunFacts) -> Page:
    """The page of a run, whose report is what the schema says."""
    report = build_report(facts)
    check_schema(report)
    return Page(report_page(report))


def big(seconds: float, streams: int, workers: int, frames: int) -> RunFacts:
    """A run of many."""
    share = frames // workers if workers else 0
    return replace(
        run(*(replace(stream(f"cam{number}"), latency_ms=TIMES, fps=12.3) for number in range(streams))),
        seconds=seconds,
        workers=[WorkerFacts(f"w{number + 1}", "CPU", share, {"infer": TIMES}) for number in range(workers)],
        timeline=points(seconds, workers, frames) if frames else (),
    )


RUNS = {
    "usual": run(stream()),
    "nothing": RunFacts([], "2026-01-02T03:04:05+00:00", 0.0, 0.0, "", [], [], {}, {}),
    "a stream without frames": replace(run(replace(stream(), captured=0, counts={})), timeline=(), workers=[]),
    "one frame": big(0.0, 1, 1, 1),
    "a tenth of a second": big(0.1, 1, 2, 3),
    "ten hours": big(36_000.0, 1, 2, 2_000),
    "50 streams, 40 workers": big(60.0, 50, 40, 2_000),
    "more workers than have names": big(1.0, 1, 100, 200),
}


@pytest.mark.parametrize("facts", RUNS.values(), ids=RUNS.keys())
def test_any_run_has_a_page_of_known_elements(facts: RunFacts) -> None:
    """Nested properly, without a figure that is none."""
    page = page_of(facts)
    assert page.seen <= ELEMENTS
    assert not re.search(r"\b(nan|inf|None)\b", page.text)
    values = [value or "" for _, value in page.attributes]
    assert not [value for value in values if re.search(r"\b(nan|inf|None)\b", value)]


@pytest.mark.parametrize("facts", RUNS.values(), ids=RUNS.keys())
def test_the_page_asks_nothing_of_anybody(facts: RunFacts) -> None:
    """No script, no address, and a policy that would stop both."""
    text = report_page(build_report(facts))
    assert re.search(r"https?:|//\w|url\(|@import|javascript", text) is None
    names = {name for name, _ in Page(text).attributes}
    assert not [name for name in names if name.startswith("on") or name in {"src", "href"}]
    assert f'content="{POLICY}"'.replace("'", "&#x27;") in text


def named(names: Sequence[str]) -> RunFacts:
    """A run in which these stand wherever a peer, a file or a user can put a text."""
    a, b, c = names
    counts = {(Status.FAILED, a): 1, (Status.OK, ""): 1}
    one = StreamFacts("clip", b, Ending.INCOMPLETE, c, 2, counts)
    return replace(
        run(one),
        command=[a, b],
        outputs=[c],
        workers=[WorkerFacts("w1", b, 1, {}, "inline")],
        refused={a: 1},
        stages_ms={c: TIMES},
    )


ATTACKS = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "<!--",
    "&lt;script&gt;",
    "]]>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_name_is_text(attack: str) -> None:
    """A source's name, a reason, a device, an argument: all are shown as they are, and run as nothing."""
    page = page_of(named([attack, f"{attack}.mp4", f"reason {attack}"]))
    assert page.seen <= ELEMENTS
    assert f"{attack}.mp4" in page.texts
    assert f"reason {attack}" in page.texts
    assert not [name for name, _ in page.attributes if name.startswith("on")]


@settings(max_examples=15)
@given(st.tuples(st.text(), st.text(), st.text()))
def test_no_text_breaks_the_page(names: tuple[str, str, str]) -> None:
    """Whatever it is."""
    assert page_of(named(names)).seen <= ELEMENTS


@pytest.mark.parametrize(
    ("name", "said"), [("nothing", "No frame was emitted."), ("one frame", "Too short for curves.")]
)
def test_where_there_is_no_curve_the_page_says_why(name: str, said: str) -> None:
    """An empty frame of axes says nothing."""
    page = page_of(RUNS[name])
    assert said in page.texts
    assert "figure" not in page.seen


def test_figures_have_units() -> None:
    """Rates, durations, shares and sizes."""
    text = page_of(run(stream())).text
    assert all(
        unit in text for unit in ("79.0 FPS", "10.0 ms", "100.0 %", "frames a second", "10.0 s", "of 795 captured")
    )


@pytest.mark.parametrize(
    ("endings", "verdict"),
    [
        ([Ending.COMPLETE, Ending.COMPLETE], "complete"),
        ([Ending.COMPLETE, Ending.INCOMPLETE], "incomplete"),
        ([Ending.INCOMPLETE, Ending.INTERRUPTED], "interrupted"),
        ([Ending.COMPLETE, None], "open"),
        ([], "without streams"),
    ],
)
def test_the_worst_ending_is_the_runs(endings: list[Ending | None], verdict: str) -> None:
    """It stands at the top."""
    page = page_of(run(*(replace(stream(f"s{n}"), ending=ending) for n, ending in enumerate(endings))))
    assert page.texts[page.texts.index("Run ") + 1] == verdict


def test_counts_that_do_not_add_up_are_not_hidden() -> None:
    """The equation says so, also where two streams' errors cancel."""
    text = page_of(run(stream(captured=796), stream("b", captured=794))).text
    assert "captured 1,590 ≠ ok 1,580 + failed 2 + dropped 8" in text
    assert "captured 795 = ok 790 + failed 1 + dropped 4" in page_of(run(stream())).text
