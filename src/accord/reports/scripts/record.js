// A record's page on a published site: whether the entry in it is signed and in the log, and is what the page shows.

function checkPage(data, read) {
  const shown = document.getElementById("statement");
  let value;
  try {
    value = JSON.parse(shown.textContent);
  } catch {
    throw new Fault(WORDS.otherText);
  }
  must(canonical(value) === decode(read.payload), WORDS.otherText);
  must(says(document.getElementById("leaf"), data.leaf), WORDS.otherText);
  const times = [...document.querySelectorAll("#facts time")].map((time) => time.dateTime);
  must(times.join() === [read.predicate.made, read.predicate.expires].filter(Boolean).join(), WORDS.otherText);
  const path = [...document.querySelectorAll("#path code")].map(shownIn);
  must(path.join() === data.inclusion.join(), WORDS.otherText);
  return {};
}

/** Compare the page with the file beside it, and its checkpoint with the one that the site's log has. */
async function comparePublished(data) {
  const words = WORDS.claims;
  const claims = [];
  const [file, checkpoint] = [await fetchText(`${data.index}.json`), await fetchText("../log/checkpoint")];
  claims.push(
    await attempt({ text: words.file }, async () => {
      if (file === null) throw new Untold(WORDS.noFile);
      must(file === canonical(data), WORDS.changed);
    }),
    await attempt({ text: words.published }, async () => {
      if (checkpoint === null) throw new Untold(WORDS.noFile);
      must(checkpoint === data.checkpoint, WORDS.otherCheckpoint);
    }),
  );
  return claims;
}

async function checkRecordPage(panel) {
  const words = WORDS.claims;
  const data = await readBlock("accord-record");
  const key = await readKey(data.vkey);
  let read = readEntry(unbase64(data.entry));
  const claims = [
    await attempt({ text: words.record }, async () => {
      read = await checkRecord(data, key);
    }),
    await attempt({ text: words.shownRecord }, async () => checkPage(data, read)),
  ];
  const fields = withheldFields(read.predicate);
  if (fields.length) claims.push({ text: `${words.field} ${data.index}`, result: "withheld", reason: fields.join(WORDS.comma) });
  if (isServed()) claims.push(...(await comparePublished(data)));
  else claims.push({ text: words.file, result: "untold", reason: WORDS.offline });
  showClaims(panel, claims);
  offerKey(panel, key, data.vkey);
}

main(checkRecordPage);
