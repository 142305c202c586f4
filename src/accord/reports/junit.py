"""A gate as JUnit XML: a test case for each rule, as every CI shows them."""

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from accord.gate import Gate, Reason
from accord.reports.text import visible


def render_junit(gate: Gate, at: datetime) -> bytes:
    """Return JUnit XML: what blocks has failed, what is overridden is skipped, and a note has passed with its text."""
    suites = Element("testsuites", name="accord gate")
    facts = {
        "name": gate.stage,
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}",
        "tests": str(len(gate.reasons) + len(gate.held)),
        "failures": str(sum(reason.level == "block" for reason in gate.reasons)),
        "skipped": str(sum(reason.overridden_by is not None for reason in gate.reasons)),
        "errors": "0",
    }
    suite = SubElement(suites, "testsuite", facts)
    for held in gate.held:
        SubElement(_case(suite, held.id, held.kind), "system-out").text = _clean(held.text)
    for reason in gate.reasons:
        _tell(_case(suite, reason.id, reason.kind), reason)
    data: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return data


def _case(suite: Element, name: str, kind: str) -> Element:
    return SubElement(suite, "testcase", classname=f"accord.gate.{kind}", name=_clean(name), time="0")


def _tell(case: Element, reason: Reason) -> None:
    text = _clean(reason.text)
    if reason.level == "block":
        SubElement(case, "failure", type=reason.kind, message=text).text = text
    elif reason.overridden_by:
        SubElement(case, "skipped", message=f"Overridden by record {reason.overridden_by.index}. {text}")
    else:
        SubElement(case, "system-out").text = text


def _clean(text: str) -> str:
    """Return text that XML 1.0 can hold: the library escapes markup, and lets characters pass that XML forbids."""
    return str(visible(text))
