"use strict";

// What any reader's browser can check of an Accord log, without a library: SHA-256 and Ed25519 by WebCrypto, RFC 8785
// JSON, DSSE envelopes, C2SP signed notes and checkpoints, RFC 6962 inclusion.

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const RECORD = "https://w3id.org/accord-code/record/";
const SPKI = unhex("302a300506032b6570032100"); // RFC 8410: what stands before a raw Ed25519 key
// Encodings of the points of small order, without their sign: under such a key one signature fits many texts.
const SMALL = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/** Something is not what it claims to be. */
class Fault extends Error {}

/** This script cannot tell; `accord verify` may. */
class Untold extends Error {}

function must(holds, reason) {
  if (!holds) throw new Fault(reason);
}

function encode(text) {
  return new TextEncoder().encode(text);
}

function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Fault(WORDS.malformed);
  }
}

function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(text) {
  must(typeof text === "string" && /^([0-9a-f]{2})*$/.test(text), "hex");
  return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
}

/** Decode base64 (RFC 4648, 4) and refuse every spelling but the canonical one. */
function unbase64(text) {
  try {
    const raw = atob(text);
    must(btoa(raw) === text, WORDS.malformed);
    const bytes = new Uint8Array(raw.length);
    for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
    return bytes;
  } catch {
    throw new Fault(WORDS.malformed);
  }
}

/** Return a value's RFC 8785 text: JavaScript's own numbers and strings, members in order of UTF-16. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** Read JSON that can be read in one way only, because it is spelled as RFC 8785 spells it. */
function readJson(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Fault(WORDS.malformed);
  }
  if (canonical(value) !== text) throw new Untold(WORDS.otherSpelling);
  return value;
}

/** Let the page answer its reader before the next piece of work. */
function pause() {
  return new Promise((go) => setTimeout(go));
}

/** Read the JSON that an inert block of this page holds, in which no "<" stands; piece by piece, as it may be long. */
async function readBlock(id) {
  const text = document.getElementById(id).textContent;
  const value = JSON.parse(text);
  const spelled = [];
  for (const name of Object.keys(value).sort()) {
    await pause();
    spelled.push(`${JSON.stringify(name)}:${canonical(value[name])}`);
  }
  if (`{${spelled.join(",")}}`.replaceAll("<", "\\u003c") !== text) throw new Untold(WORDS.otherSpelling);
  return value;
}

/** Return a value without the members that are null, which records leave out. */
function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, bare(member)]));
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}

function leafHash(entry) {
  return sha256([0], entry);
}

function nodeHash(left, right) {
  return sha256([1], left, right);
}

/** Throw a Fault unless the path leads from the leaf to the root (RFC 9162, 2.1.3.2). */
async function checkInclusion(index, size, leaf, path, root) {
  must(Number.isSafeInteger(index) && Number.isSafeInteger(size) && 0 <= index && index < size, WORDS.notIncluded);
  must([leaf, root, ...path].every((hash) => hash.length === 32), WORDS.notIncluded);
  let [position, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    must(last > 0, WORDS.notIncluded);
    if (position % 2 || position === last) {
      hash = await nodeHash(sibling, hash);
      while (position % 2 === 0 && position > 0) [position, last] = [position / 2, Math.floor(last / 2)];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  }
  must(last === 0 && hex(hash) === hex(root), WORDS.notIncluded);
}

/** Return the root of a tree of leaves, and what gives the one inclusion path that each of them has in it. */
async function growTree(leaves) {
  const known = new Map();
  async function root(low, high) {
    if (high - low === 1) return leaves[low];
    const name = `${low}-${high}`;
    if (!known.has(name)) {
      const middle = low + split(high - low);
      known.set(name, await nodeHash(await root(low, middle), await root(middle, high)));
    }
    return known.get(name);
  }
  async function path(index, low = 0, high = leaves.length) {
    if (high - low === 1) return [];
    const middle = low + split(high - low);
    if (index < middle) return [...(await path(index, low, middle)), await root(middle, high)];
    return [...(await path(index, middle, high)), await root(low, middle)];
  }
  return { root: leaves.length ? await root(0, leaves.length) : await sha256([]), path };
}

/** Return the largest power of two below a size. */
function split(size) {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

function importKey(raw) {
  return crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
}

/** Tell whether this browser has what every check needs. */
async function canCheck() {
  try {
    await importKey(unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")); // of RFC 8032, 7.1
    return true;
  } catch {
    return false;
  }
}

/** Tell whether 32 bytes spell a point in the one way they may, and none of small order. */
function isPoint(raw) {
  const plain = concat(raw.subarray(0, 31), [raw[31] & 0x7f]);
  const reduced = !(plain[31] === 0x7f && plain[0] >= 0xed && plain.subarray(1, 31).every((byte) => byte === 0xff));
  return reduced && !SMALL.includes(hex(plain));
}

/** Read a signed note's verifier key; an Untold for one of another kind than Ed25519. */
async function readKey(vkey) {
  const [, name, hash, encoded] = /^([^+ ]+)\+([0-9a-f]{8})\+(.+)$/s.exec(vkey) || [];
  must(name, WORDS.malformed);
  const data = unbase64(encoded);
  if (data[0] !== 1) throw new Untold(WORDS.otherKey);
  must(data.length === 33 && isPoint(data.subarray(1)), WORDS.badKey);
  const noteHash = hex((await sha256(encode(`${name}\n`), data)).subarray(0, 4));
  must(noteHash === hash, WORDS.badKey);
  const raw = data.slice(1);
  return { name, raw, noteHash, handle: await importKey(raw), keyid: hex(await sha256(SPKI, raw)) };
}

async function checkSignature(key, signature, data) {
  const sound = signature.length === 64 && isPoint(signature.subarray(0, 32));
  must(sound && (await crypto.subtle.verify("Ed25519", key.handle, signature, data)), WORDS.badSignature);
}

/** Return the checkpoint of a signed note after its signature by this key was checked; others' are left alone. */
async function openCheckpoint(note, key) {
  const at = note.lastIndexOf("\n\n");
  must(at > 0, WORDS.malformed);
  const [text, lines] = [note.slice(0, at + 1), note.slice(at + 2).split("\n")];
  must(lines.pop() === "" && lines.length >= 1, WORDS.malformed);
  let [own, others] = [0, 0];
  for (const line of lines) {
    const [, name, encoded] = /^\u2014 ([^ ]+) (.+)$/.exec(line) || [];
    must(name, WORDS.malformed);
    const data = unbase64(encoded);
    if (name === key.name && hex(data.subarray(0, 4)) === key.noteHash) {
      await checkSignature(key, data.subarray(4), encode(text));
      own += 1;
    } else {
      others += 1;
    }
  }
  must(own, WORDS.unsigned);
  const [origin, size, root] = text.split("\n");
  must(/^(0|[1-9][0-9]{0,15})$/.test(size), WORDS.malformed);
  return { origin, size: Number(size), root: unbase64(root), others };
}

/** Read a log entry, a DSSE envelope around an in-toto statement; nothing of it is checked. */
function readEntry(entry) {
  const envelope = readJson(decode(entry));
  must(envelope.payloadType === PAYLOAD_TYPE && Array.isArray(envelope.signatures), WORDS.malformed);
  must(envelope.signatures.length, WORDS.unsigned);
  const payload = unbase64(envelope.payload);
  const statement = readJson(decode(payload));
  must(statement.predicate && typeof statement.predicate === "object", WORDS.malformed);
  const kind = statement.predicateType.startsWith(RECORD) ? statement.predicateType.slice(RECORD.length) : "";
  return { payload, statement, kind, predicate: statement.predicate, signatures: envelope.signatures };
}

/** Throw a Fault unless one of the keys signed the entry, and every signature under one of them is right. */
async function checkEnvelope(read, keys) {
  const type = encode(PAYLOAD_TYPE);
  const signed = concat(encode(`DSSEv1 ${type.length} `), type, encode(` ${read.payload.length} `), read.payload);
  let signer = null;
  for (const { keyid, sig } of read.signatures) {
    for (const key of keys.filter((each) => each.keyid === keyid)) {
      await checkSignature(key, unbase64(sig), signed);
      signer = signer || key;
    }
  }
  must(signer, WORDS.unsigned);
  return signer;
}

/** Return the names of the fields that stand in a record as commitments. */
function withheldFields(predicate) {
  return Object.keys(predicate.withheld || {}).sort();
}

/** Write what is invisible as its code point, as the page does. */
function visible(text) {
  const invisible =
    /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\u{d800}-\u{dfff}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
  return text.replace(invisible, (char) => `[U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
}

/** Return what an element shows, in one line. */
function shownIn(element) {
  return oneLine(element.textContent);
}

function oneLine(text) {
  return text.replace(/[ \t\n\r\f\u00a0\u202f]+/g, " ").trim();
}

function says(element, text) {
  return element !== null && element !== undefined && shownIn(element) === oneLine(visible(text));
}

/** Do a piece of work and say what came of it: verified, or contradicted or untold with the reason. */
async function attempt(claim, work) {
  try {
    return { ...claim, result: "verified", reason: "", ...(await work()) };
  } catch (error) {
    if (error instanceof Fault) return { ...claim, result: "contradicted", reason: error.message };
    if (error instanceof Untold) return { ...claim, result: "untold", reason: error.message };
    // Hostile data may break this script anywhere: whatever it is, it was not verified.
    return { ...claim, result: "contradicted", reason: `${WORDS.malformed} (${error.name})` };
  }
}

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Return a small mark that says in words, and by its shape, what came of a claim. */
function mark(result, reason) {
  const sign = make("span", "sign", { verified: "\u2713", contradicted: "\u2715", withheld: "\u25cb", untold: "\u2013" }[result]);
  sign.setAttribute("aria-hidden", "true");
  const said = reason ? `${WORDS.results[result]}: ${reason}` : WORDS.results[result];
  return make("span", `checked k-${result}`, sign, ` ${WORDS.here} ${said}`);
}

function isServed() {
  return location.protocol === "http:" || location.protocol === "https:";
}

/** Return the text of a file beside this page; none where it is not there or the network is not. */
async function fetchText(path) {
  try {
    const answer = await fetch(path, { cache: "no-cache", credentials: "omit", redirect: "error" });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

/** Show in the page what came of each claim, and how many came to what. */
function showClaims(panel, claims) {
  const order = ["contradicted", "withheld", "untold", "verified"];
  const found = order.map((result) => [result, claims.filter((claim) => claim.result === result).length]);
  const counts = found.filter(([, count]) => count).map(([result, count]) =>
    WORDS.counted.replace("%(count)s", count).replace("%(result)s", WORDS.results[result]),
  );
  const worst = found.find(([, count]) => count)[0];
  const state = panel.querySelector("[data-state]");
  const head = worst === "contradicted" ? WORDS.bad : WORDS.good;
  state.replaceChildren(make("strong", "", head), ` ${counts.join(WORDS.comma)}${WORDS.stop}`);
  state.className = `state k-${worst}`;
  const list = panel.querySelector("[data-claims]");
  const rows = [...claims].sort((one, other) => order.indexOf(one.result) - order.indexOf(other.result));
  list.replaceChildren(...rows.map((claim) => make("li", "", `${claim.text} `, mark(claim.result, claim.reason))));
  list.hidden = false;
  panel.dataset.worst = worst;
}

/** Let the reader compare the page's key with a fingerprint or verifier key from elsewhere. */
function offerKey(panel, key, vkey) {
  const field = make("input", "");
  const label = make("label", "", `${WORDS.askKey} `, field);
  const answer = make("p", "");
  [field.type, field.spellcheck, field.autocomplete] = ["text", false, "off"];
  answer.setAttribute("role", "status");
  field.addEventListener("input", () => {
    const given = field.value.trim();
    const same = given === `sha256:${key.keyid}` || given === key.keyid || given === vkey;
    answer.replaceChildren(...(given ? [mark(same ? "verified" : "contradicted", same ? WORDS.keySame : WORDS.keyOther)] : []));
  });
  panel.querySelector("[data-key]").replaceChildren(label, answer);
}

/** Run the checks of a page once, and say in its panel what came of them or why nothing did. */
async function main(check) {
  const panel = document.getElementById("in-browser");
  const state = panel.querySelector("[data-state]");
  state.textContent = WORDS.running;
  if (!(window.crypto && crypto.subtle) || !(await canCheck())) {
    state.textContent = WORDS.unable;
    panel.dataset.worst = "untold";
    return;
  }
  try {
    await check(panel);
  } catch (error) {
    const result = error instanceof Untold ? "untold" : "contradicted";
    showClaims(panel, [{ text: WORDS.claims.data, result, reason: `${error.message || WORDS.malformed}` }]);
  }
}

/** Check a record as a site publishes it: its signature, and that the log's signed checkpoint covers it. */
async function checkRecord(data, key) {
  const entry = unbase64(data.entry);
  const leaf = await leafHash(entry);
  const at = await openCheckpoint(data.checkpoint, key);
  must(data.vkey && (await readKey(data.vkey)).keyid === key.keyid && hex(leaf) === data.leaf, WORDS.notIncluded);
  await checkInclusion(data.index, at.size, leaf, data.inclusion.map(unhex), at.root);
  const read = readEntry(entry);
  await checkEnvelope(read, [await readKey(data.signer)]);
  return read;
}
