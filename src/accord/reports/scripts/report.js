// report.html: whether the proof in the page is sound, whether the page's data follows from it, and whether what the
// page shows is that data. A page can lie about its script too: only `accord verify` settles that.

const INDEPENDENT = ["import/v1", "evaluation/v1"]; // what an evaluator may sign
const BATCH = 20; // pieces of work at a time, so that the page stays responsive

/** Read the keys of a log in the order in which they came into force, each committed to by the one before it. */
async function readChain(reads, newest) {
  const [chain, first] = [[], reads[0]];
  if (first && first.kind === "key/v1" && first.predicate.reason === "first") {
    for (const [index, { kind, predicate }] of reads.entries()) {
      if (kind !== "key/v1") continue;
      const key = await readKey(predicate.vkey);
      const last = chain.at(-1);
      const follows = !last || (predicate.reason !== "first" && key.name === last.key.name);
      must(follows && (!last || hex(await sha256(key.raw)) === last.following), WORDS.otherChain);
      chain.push({ key, start: index, following: predicate.following, since: predicate.revoked_since ?? null });
    }
  } else {
    must(!reads.some(({ kind }) => kind === "key/v1"), WORDS.otherChain);
    chain.push({ key: newest, start: 0, following: "", since: null });
  }
  must(chain.at(-1).key.keyid === newest.keyid && chain.at(-1).key.name === newest.name, WORDS.otherChain);
  return chain;
}

/** Check one entry under the key that was in force, or an evaluator's; return what came of it. */
async function checkEntry(index, read, chain, evaluators) {
  const at = chain.findLastIndex((span) => span.start <= index);
  const own = chain[at].key;
  const signer = await checkEnvelope(read, [own, ...evaluators]);
  const independent = signer !== own;
  must(!independent || INDEPENDENT.includes(read.kind), WORDS.badSignature);
  const after = chain[at + 1];
  const revoked = Boolean(after && after.since !== null && index >= after.since && read.kind !== "key/v1");
  return { independent, revoked };
}

/** Check every entry's signature; return an array of what came of each. */
async function checkEntries(reads, proof, newest) {
  const chain = await readChain(reads, newest);
  const outsiders = await Promise.all((proof.evaluators || []).map(readKey));
  const own = new Set(chain.map(({ key }) => key.keyid));
  const evaluators = outsiders.filter((key) => !own.has(key.keyid));
  const found = [];
  for (let at = 0; at < reads.length; at += BATCH) {
    const part = reads.slice(at, at + BATCH);
    await pause();
    found.push(...(await Promise.all(part.map((read, i) => attempt({}, () => checkEntry(at + i, read, chain, evaluators))))));
  }
  return found;
}

/** Check the checkpoint, the tree under it and every entry in it; return claims and what each record came to. */
async function checkProof(proof, key) {
  const words = WORDS.claims;
  const entries = proof.entries.map(({ envelope }) => unbase64(envelope));
  const signed = await attempt({ text: words.checkpoint }, async () => ({ at: await openCheckpoint(proof.checkpoint, key) }));
  const tree = await attempt({ text: words.tree }, async () => {
    must(signed.at, WORDS.badSignature);
    must(entries.length === signed.at.size && proof.entries.every(({ index }, place) => index === place), WORDS.notIncluded);
    const leaves = await Promise.all(entries.map(leafHash));
    must(proof.entries.every(({ leaf }, index) => leaf === hex(leaves[index])), WORDS.notIncluded);
    const grown = await growTree(leaves);
    must(hex(grown.root) === hex(signed.at.root), WORDS.notIncluded);
    for (const { index, inclusion } of proof.entries) {
      if (index % BATCH === 0) await pause();
      must((await grown.path(index)).map(hex).join() === inclusion.join(), WORDS.notIncluded);
    }
    return {};
  });
  const reads = entries.map(readEntry);
  const records = await checkEntries(reads, proof, key);
  const bad = records.filter(({ result }) => result !== "verified");
  const claim = { text: `${words.records} (${records.length})`, result: "verified", reason: "" };
  if (bad.length) [claim.result, claim.reason] = [bad.some((r) => r.result === "contradicted") ? "contradicted" : "untold", bad[0].reason];
  return { claims: [signed, tree, claim], reads, records, sound: [signed, tree].every(({ result }) => result === "verified") };
}

/** Check that every text beside the log is what its digest says; return them by digest. */
async function checkArtifacts(proof) {
  for (const [name, text] of Object.entries(proof.artifacts)) {
    await pause();
    must(hex(await sha256(encode(text))) === name, WORDS.otherDigest);
  }
  return proof.artifacts;
}

/** Return a clause's status as its findings give it. */
function foldStatus(statuses) {
  if (!statuses.length) return "no-evidence";
  if (statuses.includes("contradicted")) return "contradicted";
  const relevant = [...new Set(statuses)].filter((status) => status !== "not-applicable");
  return relevant.length === 0 ? "not-applicable" : relevant.length === 1 ? relevant[0] : "partial";
}

/** Check that the data of the page says what the signed assessment and the records in it say. */
function checkAssessment(content, proof, reads) {
  const index = reads.findLastIndex(({ kind }) => kind === "assessment/v1");
  must(index >= 0 && content.assessment === index, WORDS.otherData);
  const { predicate } = reads[index];
  must(content.assessed === predicate.made && content.edition.sha256 === predicate.edition_sha256, WORDS.otherData);
  const findings = proof.artifacts[predicate.findings.sha256];
  must(findings !== undefined && canonical(bare(content.findings)) === findings, WORDS.otherData);
  const clauses = content.actions.flatMap((action) => action.clauses);
  must(clauses.length === Object.keys(predicate.statuses).length, WORDS.otherData);
  for (const clause of clauses) {
    const own = content.findings.flatMap((finding, place) => (finding.clauses.includes(clause.id) ? [place] : []));
    const gaps = own.flatMap((place) => content.findings[place].gaps);
    must(canonical(own) === canonical(clause.findings), WORDS.otherData);
    must(!own.length || canonical(gaps) === canonical(clause.gaps), WORDS.otherData);
    must(foldStatus(own.map((place) => content.findings[place].status)) === clause.status, WORDS.otherData);
    must(predicate.statuses[clause.id] === clause.status, WORDS.otherData);
  }
  for (const { index: at, leaf } of content.findings.flatMap((finding) => finding.evidence)) {
    must(at < predicate.size && proof.entries[at].leaf === leaf, WORDS.otherData);
  }
  return {};
}

/** Check that the data names the declaration, the log and its records as the proof holds them. */
function checkFacts(content, proof, reads, key) {
  const declared = reads[content.declaration].predicate.declaration;
  must(canonical(bare(content.declared)) === proof.artifacts[declared.sha256], WORDS.otherData);
  must(content.log.vkey === proof.vkey && content.log.fingerprint === `sha256:${key.keyid}`, WORDS.otherData);
  must(content.log.size === proof.entries.length && content.records.length === proof.entries.length, WORDS.otherData);
  for (const row of content.records) {
    const { predicate, kind } = reads[row.index];
    must(row.leaf === proof.entries[row.index].leaf, WORDS.otherData);
    must(!kind || row.made === predicate.made, WORDS.otherData);
  }
  return {};
}

/** Throw a Fault where what is shown differs from what was signed; members that were not signed must be empty. */
function checkWithin(shown, signed) {
  if (signed === null || typeof signed !== "object" || Array.isArray(signed) !== Array.isArray(shown)) {
    must(canonical(shown) === canonical(signed), WORDS.otherData);
    return;
  }
  must(shown !== null && typeof shown === "object", WORDS.otherData);
  must(!Array.isArray(signed) || shown.length === signed.length, WORDS.otherData);
  for (const [name, member] of Object.entries(signed)) {
    if (name in shown) checkWithin(shown[name], member);
  }
  const more = Object.keys(shown).filter((name) => !(name in signed) && !isEmpty(shown[name]));
  if (more.length) throw new Untold(`${WORDS.notSigned}: ${more.join(WORDS.comma)}`);
}

function isEmpty(value) {
  return !value || (typeof value === "object" && Object.keys(value).length === 0);
}

/** Check that every measurement in the data is that of its signed record. */
function checkRuns(content, reads) {
  for (const run of [...content.runs, ...content.others, ...content.incomplete]) {
    const { kind, predicate } = reads[run.index];
    must(kind === "evaluation/v1", WORDS.otherData);
    const { withheld, ...told } = bare(predicate);
    checkWithin(bare(run.evaluation), told);
  }
  return {};
}

function isTranslated() {
  return document.documentElement.lang !== "en";
}

/** Tell whether an element shows a text that was signed: in another language only that it shows one. */
function tells(element, text) {
  return isTranslated() ? Boolean(element) && shownIn(element) !== "" : says(element, text);
}

/** Throw a Fault where the page shows a clause otherwise than the data has it. */
function checkClause(content, clause) {
  const shown = document.getElementById(`clause-${clause.id}`);
  must(shown, `${WORDS.notShown}: ${clause.id}`);
  const badges = shown.querySelectorAll(".badge");
  must(badges.length === 1 && badges[0].classList.contains(`s-${clause.status}`), WORDS.otherStatus);
  must(says(badges[0], WORDS.statuses[clause.status]), WORDS.otherStatus);
  must([...badges[0].querySelectorAll("use")].every((use) => use.getAttribute("href") === `#m-${clause.status}`), WORDS.otherStatus);
  must(tells(shown.querySelector(".clause-text"), clause.text), WORDS.otherText);
  const findings = shown.querySelectorAll(".finding");
  must(findings.length === clause.findings.length, WORDS.otherText);
  clause.findings.forEach((place, at) => checkFinding(findings[at], content.findings[place]));
  const gaps = [...shown.querySelectorAll(".gaps > li")];
  must(gaps.length === clause.gaps.length && gaps.every((gap, at) => tells(gap, clause.gaps[at])), WORDS.otherText);
  must(shown.querySelectorAll("p").length === 2 + 2 * findings.length, WORDS.otherText);
  return {};
}

function checkFinding(shown, finding) {
  const [summary, source, ...rest] = shown.querySelectorAll("p");
  must(summary && source && !rest.length, WORDS.otherText);
  const status = summary.querySelector(".quiet");
  must(tells(summary, status ? `${finding.summary} ${shownIn(status)}` : finding.summary), WORDS.otherText);
  must(!status || shownIn(status) === `(${WORDS.statuses[finding.status]})`, WORDS.otherStatus);
  const linked = [...source.querySelectorAll("a")].map((link) => link.getAttribute("href"));
  must(linked.join() === finding.evidence.map(({ index }) => `#record-${index}`).join(), WORDS.otherText);
  const days = [...source.querySelectorAll("time")].map((time) => time.dateTime);
  const wantedDays = finding.evidence.length ? [finding.date, finding.expires].filter(Boolean) : [];
  must(days.join() === wantedDays.join(), WORDS.otherText);
}

/** Return the numbers in a text, however a language writes them. */
function numbersIn(element) {
  const found = shownIn(element).match(/-?\d[\d\u2019.,]*/g) || [];
  return found.map((text) => Number(text.replace(/\u2019/g, "").replace(/[.,]$/, "").replace(",", ".")));
}

/** Throw a Fault where the page shows other figures of a run than the data has. */
function checkFigures(run) {
  const heading = document.getElementById(`run-${run.index}`);
  const table = heading && heading.parentElement.querySelector("table");
  must(table, `${WORDS.notShown}: ${run.index}`);
  const rows = table.querySelectorAll("tbody tr");
  const metrics = run.evaluation.metrics.filter((metric) => !metric.group);
  must(rows.length === metrics.length, WORDS.otherFigures);
  metrics.forEach((metric, at) => {
    const [share, interval, count] = [...rows[at].querySelectorAll("td")].map(numbersIn);
    if (share.length) {
      must(isNear(share[0], metric.value * 100) && isNear(interval[0], metric.low * 100), WORDS.otherFigures);
      must(isNear(interval[1], metric.high * 100), WORDS.otherFigures);
    }
    const [part, whole] = isTranslated() ? count.slice(0, 2).sort((a, b) => a - b) : count; // a language may turn them round
    must(isNear(part, metric.count) && whole === metric.n, WORDS.otherFigures);
  });
}

function isNear(shown, value) {
  return Math.abs(shown - value) <= 0.0501;
}

/** Check that the page's head, its marks at a glance, its figures and its list of records show the data. */
async function checkShown(content, proof) {
  must(says(document.querySelector("h1"), `${content.declared.system.name} ${content.declared.system.version}`), WORDS.otherText);
  must(document.querySelectorAll(".clause").length === content.actions.flatMap(({ clauses }) => clauses).length, WORDS.otherText);
  const strips = document.querySelectorAll(".strip > li");
  content.actions.forEach((action, at) => {
    const marks = [...strips[at].querySelectorAll("use")].map((use) => use.getAttribute("href"));
    must(marks.join() === action.clauses.map(({ status }) => `#m-${status}`).join(), WORDS.otherStatus);
  });
  await pause();
  content.runs.forEach(checkFigures);
  for (const { index, leaf, inclusion } of proof.entries) {
    if (index % BATCH === 0) await pause();
    const hashes = [...document.querySelectorAll(`#record-${index} .hash`)].map(shownIn);
    must(hashes[0] === leaf && hashes.slice(hashes.length - inclusion.length).join() === inclusion.join(), WORDS.otherText);
  }
  return {};
}

/** Compare a record's file on this site with the entry in the page's proof; return its index where it differs. */
async function compareFile(index, envelope) {
  const text = await fetchText(`../../records/${index}.json`);
  if (text === null) return { index, result: "untold" };
  const same = await attempt({}, async () => must(readJson(text).entry === envelope, WORDS.changed));
  return { index, result: same.result };
}

/** Compare the files of records on this site with the entries in the page. */
async function compareSite(content, proof) {
  const cited = [...new Set(content.findings.flatMap(({ evidence }) => evidence.map(({ index }) => index)))];
  const all = [...new Set([...cited, content.assessment, content.declaration])].sort((a, b) => a - b);
  const found = [];
  for (let at = 0; at < all.length; at += 8) {
    const part = all.slice(at, at + 8).map((index) => compareFile(index, proof.entries[index].envelope));
    found.push(...(await Promise.all(part)));
  }
  return found;
}

/** Check that the bytes of this page, less the links that publishing adds, are those that the log recorded. */
async function checkBytes(key) {
  const language = document.documentElement.lang; // a server may show the page under another name than its file's
  const name = language === "en" ? "report.html" : `report.${language}.html`;
  const [page, release] = [await fetchText(location.pathname), await fetchText("index.json")];
  if (page === null || release === null) throw new Untold(WORDS.noFile);
  const place = JSON.parse(release).recorded;
  const text = Number.isSafeInteger(place) ? await fetchText(`../../records/${place}.json`) : null;
  if (text === null) throw new Untold(WORDS.noFile);
  const { predicate, kind } = await checkRecord(readJson(text), key);
  const bytes = encode(page.replace(SITE_NAV, () => ""));
  must(kind === "report/v1" && predicate.files[name] === hex(await sha256(bytes)), WORDS.otherDigest);
  return {};
}

/** Say beside each record what came of it; return claims of those that withhold something. */
async function markRecords(content, found, differing) {
  const claims = [];
  for (const row of content.records) {
    if (row.index % BATCH === 0) await pause();
    const cell = document.querySelector(`#record-${row.index} > td:last-child`);
    const { read, result, reason } = found[row.index];
    const fields = withheldFields(read.predicate);
    let said = [result, reason];
    if (result === "verified" && fields.length) said = ["withheld", fields.join(", ")];
    if (differing.has(row.index)) said = ["contradicted", WORDS.changed];
    cell.prepend(mark(...said), " ");
    if (said[0] === "withheld") claims.push({ text: `${WORDS.claims.field} ${row.index}`, result: said[0], reason: said[1] });
  }
  return claims;
}

/** Say beside each clause what came of it: of how it is shown, of its findings, and of the records they rest on. */
async function markClauses(content, proof, found, differing, base) {
  const claims = [];
  for (const clause of content.actions.flatMap((action) => action.clauses)) {
    if (claims.length % BATCH === 0) await pause();
    const rests = clause.findings.flatMap((place) => content.findings[place].evidence.map(({ index }) => index));
    const claim = await attempt({ text: `${WORDS.clause} ${clause.id}` }, async () => {
      checkClause(content, clause);
      must(base.result === "verified", base.reason);
      for (const index of rests) {
        must(!differing.has(index), `${WORDS.record} ${index}: ${WORDS.changed}`);
        must(found[index].result !== "contradicted", `${WORDS.record} ${index}: ${found[index].reason}`);
        if (found[index].result === "untold") throw new Untold(found[index].reason);
        must(!found[index].revoked, `${WORDS.record} ${index}: ${WORDS.revoked}`);
      }
      const closed = rests.filter((index) => withheldFields(found[index].read.predicate).length);
      return closed.length ? { result: "withheld", reason: `${WORDS.record} ${closed.join(", ")}` } : {};
    });
    claims.push(claim);
    const head = document.querySelector(`[id="clause-${clause.id}"] .clause-head`);
    if (head) head.append(" ", mark(claim.result, claim.reason));
  }
  return claims;
}

/** Add, to each record that this site has a page of, the way there. */
function linkPages(indices) {
  for (const index of indices) {
    const link = make("a", "to-page", WORDS.page);
    link.href = `../../records/${index}.html`;
    link.setAttribute("aria-label", `${WORDS.record} ${index}: ${WORDS.page}`);
    document.querySelector(`#record-${index} > td:last-child`).append(" ", link);
  }
}

async function checkReport(panel) {
  const words = WORDS.claims;
  const { content, proof } = await readBlock("accord-report");
  await pause();
  const key = await readKey(proof.vkey);
  const { claims, reads, records, sound } = await checkProof(proof, key);
  const found = records.map((record, index) => ({ ...record, read: reads[index] }));
  await checkArtifacts(proof);
  const assessment = await attempt({ text: words.assessment }, async () => {
    must(sound, WORDS.badSignature);
    return checkAssessment(content, proof, reads);
  });
  claims.push(
    assessment,
    await attempt({ text: words.facts }, async () => (await pause(), checkFacts(content, proof, reads, key))),
    await attempt({ text: words.runs }, async () => (await pause(), checkRuns(content, reads))),
    await attempt({ text: words.shown }, async () => (await pause(), checkShown(content, proof))),
  );
  const onSite = isServed() && document.querySelector("nav.site") !== null;
  const files = onSite ? await compareSite(content, proof) : [];
  const differing = new Set(files.filter(({ result }) => result === "contradicted").map(({ index }) => index));
  const absent = files.filter(({ result }) => result === "untold").map(({ index }) => index);
  claims.push(...(await markClauses(content, proof, found, differing, assessment)));
  claims.push(...(await markRecords(content, found, differing)));
  claims.push({ text: words.rest, result: "untold", reason: WORDS.notHere });
  if (isTranslated()) claims.push({ text: words.translation, result: "untold", reason: WORDS.notRead });
  if (onSite) {
    let said = absent.length ? ["untold", WORDS.noFile] : ["verified", ""];
    if (differing.size) said = ["contradicted", `${WORDS.record} ${[...differing].join(", ")}: ${WORDS.changed}`];
    claims.push({ text: `${words.files} (${files.length})`, result: said[0], reason: said[1] });
    claims.push(await attempt({ text: words.bytes }, () => checkBytes(key)));
    linkPages(files.filter(({ result }) => result !== "untold").map(({ index }) => index));
  } else {
    claims.push({ text: words.files, result: "untold", reason: WORDS.offline });
  }
  showClaims(panel, claims);
  offerKey(panel, key, proof.vkey);
}

main(checkReport);
