// Copy buttons, filters over long tables, questions sent by Enter. Every page works without this file.
"use strict";

function copyButton(button) {
  const said = document.createElement("span");
  said.className = "vh";
  said.setAttribute("role", "status");
  const label = button.textContent;
  button.hidden = false;
  button.after(said);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
    said.textContent = `${button.dataset.copy} copied`;
    setTimeout(() => { button.textContent = label; said.textContent = ""; }, 1600);
  });
}

function filter(box) {
  const rows = document.getElementById(box.dataset.filter)?.tBodies[0]?.rows ?? [];
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    for (const row of rows) row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
  });
}

// Enter sends, Shift+Enter begins a line; not while an input method composes a word.
function sendByEnter(box) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    box.form.requestSubmit();
  });
}

if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach(copyButton);
document.querySelectorAll("input[data-filter]").forEach(filter);
document.querySelectorAll("textarea[data-send]").forEach(sendByEnter);
