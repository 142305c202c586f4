"""The first accord.toml of a workspace: what was answered, and short comments that teach the rest."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from accord.errors import ManifestError
from accord.manifest import _words as words
from accord.manifest._lines import Path

_TEMPLATE = """\
# What this organisation says of its AI system. Accord measures, signs and dates what it can; the rest is declared.
# Numbers in brackets are clauses of the Code: accord code show 3.4 prints one.
# Write nothing personal and no secret here: what is declared is signed, and a log cannot forget.

edition = "g7-2023"
languages = ["en"] # of the report
#withhold = ["metrics"] # fields of records that the log holds as salted commitments alone: accord disclose opens them

[organisation] # who answers for the system (5.1)
name = {organisation}
{url}
roles = {roles} # developer, application-developer, deployer, provider

[system] # what a public report says of it (3.1, 3.4)
name = {system}
version = {version}
description = {description}
stage = {stage} # design, development, deployment, use
languages = {languages}
#capabilities = ["What it can do"]
#limitations = ["Where it often fails"]
#appropriate_uses = ["What it is meant for"]
#inappropriate_uses = ["What it must not be used for"]
#ai_notice = "How users are told that they speak with an AI system" # (7.5)

[model] # what is tested (1.1): exactly one of weights, endpoint or inspect
name = {model}
{place} = {value}
#key_env = "MODEL_KEY" # the variable that holds the endpoint's key, never the key itself

# Its files, which are signed with accord weights sign, and scanned without being loaded (6.1, 6.3).
#[weights]
#path = "models/acme" # a folder; without it, the file above
#key = "keys/model.pub" # the public key of whoever signed them
#second_opinions = ["picklescan", "fickling"] # other scanners, where they are installed
#released = true # everybody may have them: who can read them here then says nothing

# What can be observed of security controls (6.2, 6.4, 6.5); each line is looked at on its own.
#[security]
#environment = ".venv" # the packages that the system runs on, or a lock file
#advisories = "osv/all.zip" # known vulnerabilities: an OSV export, or https://api.osv.dev
#repository = "."
#forge = "branch-protection.json" # as GitHub or GitLab exports it
#security_txt = "public/.well-known/security.txt"
#vulnerabilities = "vulnerabilities.csv" # id, reported, fixed
#access_reviewed = 2026-11-23

# How what the system makes can be recognised (7.1 to 7.3): accord provenance --help
#[provenance]
#samples = "samples" # a folder of content that it made, as it was published
#anchors = "keys/root.pem" # whom its credentials lead to
#check = "https://acme.example/check" # where users can ask

# Where people meet it, and the words that tell them that it is an AI (7.5).
#[[notices]]
#address = "https://chat.acme.example/"
#language = "en"
#label = "You are talking to an AI"

{channel}[[channels]] # where people outside report a flaw (2.3, 2.6)
{channel}kind = "vulnerability"
{channel}address = {contact} # a page, or a role's mailbox
{channel}audience = ["public", "researchers"]
{channel}languages = {languages}

# A document that supports a practice, here a policy of risk management (5.1, 5.5).
#[[documents]]
#id = "risk-policy"
#kind = "risk-policy"
#title = "How we manage risks"
#path = "docs/risk-policy.md" # or url = "https://..."; its digest is recorded, never its text
#reviewed = 2026-11-23
#approved_by = "Board" # a role, never a person's name

# Data that went into the model (11.1, 11.3).
#[[datasets]]
#id = "manuals"
#title = "Our product manuals"
#use = "fine-tuning"
#personal_data = "none"
#rights = "Our own texts"

# What you accept of a measured risk (1.2); the bound of the interval is what counts.
#[[tolerances]]
#metric = "refusal.harmful"
#at_least = 0.9
#reason = "Why this much is enough for this use"

# For how many days texts beside the log are kept at least: until then accord erase refuses. The log is never cut.
# The EU's AI Act, (EU) 2024/1689, asks of high-risk systems: documentation for ten years (Article 18), and the logs
# that the system writes for at least six months (Articles 19 and 26(6)).
#[retention]
#document = 3653 # ten years
#log = 184 # six months
#scores = 184
#report = 1827 # five years: what was reported of an incident

# Where `accord gate --stage ID` decides whether to go on (1.7). Without these there are four: training-checkpoint,
# pre-deployment, release and periodic.
#[[stages]]
#id = "release"
#kind = "release"
#days = 90 # evidence may be this old here

# The words in which `accord risk` assesses risks, lowest first, and how much needs no acceptance.
#[risk]
#tolerated = 6

# Whose deadlines run from an incident (2.2, 4.5): leave out what does not apply to you, and add your own.
#[incidents]
#regimes = ["eu-gpai-code", "eu-ai-act-73", "coordinated-disclosure"]
#blocks = "serious-incident" # from here on, one that is not resolved blocks every gate
#[[incident_clocks]]
#id = "triage"
#title = "Somebody looked at it"
#ends = "triage"
#hours = 24

# Suites of others: an Inspect task, or a CSV or JSONL file of items, of which the digest alone is recorded.
#[[suites]]
#id = "our-own"
#title = "Questions from our help desk"
#path = "items.csv"

# A model that judges answers, for `accord evaluate rejudge --judge model`.
#[judge]
#name = "our-judge"
#endpoint = "http://127.0.0.1:8081/v1"

[evaluation] # how the model is tested (1.1); a result holds for these values only
#profile = "quick" # a stratified sample of each suite: less time, wider intervals
seed = 1
temperature = 0.7
max_tokens = 96
slots = 1
"""
_PLACES: dict[str, Path] = {
    "organisation": ("organisation", "name"),
    "url": ("organisation", "url"),
    "system": ("system", "name"),
    "version": ("system", "version"),
    "description": ("system", "description"),
    "endpoint": ("model", "endpoint"),
    "inspect": ("model", "inspect"),
    "model": ("model", "name"),
    "language": ("system", "languages", 0),
    "contact": ("channels", 0, "address"),
}
_EXAMPLES = {"url": "https://example.org", "contact": "mailto:security@example.org"}


Place = Literal["weights", "endpoint", "inspect"]


@dataclass(frozen=True)
class Answers:
    """What `accord init` needs to know; the fields are those of System, and nothing is checked yet.

    `value` is the weights' path, the endpoint's address or the Inspect name, as `place` says. `contact` is where
    flaws are reported: an https:// page, or mailto: and a role's mailbox.
    """

    organisation: str
    system: str
    version: str
    description: str
    roles: tuple[str, ...]
    place: Place
    value: str
    model: str
    stage: str = "development"
    languages: tuple[str, ...] = ("en",)
    contact: str = ""
    url: str = ""


def write_manifest(answers: Answers) -> str:
    """Return a commented accord.toml. `parse_system` says whether the answers in it are good."""
    return _TEMPLATE.format(
        organisation=_text(answers.organisation),
        url=f"{'' if answers.url else '#'}url = {_text(answers.url or _EXAMPLES['url'])}",
        roles=_list(answers.roles),
        system=_text(answers.system),
        version=_text(answers.version),
        description=_text(answers.description),
        stage=_text(answers.stage),
        languages=_list(answers.languages),
        model=_text(answers.model),
        place=answers.place,
        value=_text(answers.value),
        channel="" if answers.contact else "#",
        contact=_text(answers.contact or _EXAMPLES["contact"]),
    )


def check_answer(question: str, answer: str) -> str:
    """Return one answer as it was given; ManifestError says what is expected instead."""
    kind: Any = words.expectation(_PLACES[question])
    try:
        TypeAdapter(kind).validate_python(answer, strict=True)
    except ValidationError as error:
        raise ManifestError(
            "This answer cannot be used.", expected=words.describe(kind), found=words.show(answer)
        ) from error
    return answer


def _list(values: tuple[str, ...]) -> str:
    return f"[{', '.join(_text(value) for value in values)}]"


def _text(value: str) -> str:
    """Write a basic string (TOML 1.0). JSON escapes as TOML does, except that it leaves DEL as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
