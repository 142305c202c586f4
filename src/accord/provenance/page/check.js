"use strict";

const WORDS = new Map([
  [true, "Yes: this system made it."],
  [false, "No: another system made it."],
  [null, "It cannot be told."],
]);
const byEnd = { docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document" };

function show(verdict, reason, rows) {
  document.getElementById("verdict").textContent = verdict;
  document.getElementById("reason").textContent = reason;
  const details = document.getElementById("details");
  details.replaceChildren();
  for (const [name, value] of rows) {
    if (!value) continue;
    const term = document.createElement("dt");
    const held = document.createElement("dd");
    term.textContent = name;
    held.textContent = value; // a stranger's words: never as markup
    details.append(term, held);
  }
  document.getElementById("answer").hidden = false;
}

document.getElementById("file").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  if (!file) return;
  const type = file.type || byEnd[file.name.split(".").pop().toLowerCase()] || "";
  try {
    const answer = await fetch("check", { method: "POST", body: file, headers: { "Content-Type": type } });
    const said = await answer.json();
    if (!answer.ok) {
      show("It cannot be told.", said.error, []);
      return;
    }
    const found = said.credential;
    show(WORDS.get(said.made_by_system), said.reason, [
      ["Credential", found.verdict],
      ["Signed by", found.signer],
      ["System", found.system],
      ["Model", found.model],
      ["Problems", found.problems.join(", ")],
    ]);
  } catch {
    show("It cannot be told.", "The server does not answer.", []);
  }
});
