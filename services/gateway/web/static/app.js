// Type-ahead on search boxes, filters over long tables, and copy buttons. Every page works without this file.
"use strict";

const NAMES = { "icd-10-cm": "ICD-10-CM", "icd-10-pcs": "ICD-10-PCS", hcpcs: "HCPCS", cpt: "CPT" };
const WAIT = 120; // ms between the last key and the question
const answers = new Map();

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

async function ask(query, system, signal) {
  const address = `/api/v1/suggest?limit=10&q=${encodeURIComponent(query)}${system ? `&system=${system}` : ""}`;
  if (!answers.has(address)) {
    const answer = await fetch(address, { signal });
    if (!answer.ok) return [];
    answers.set(address, (await answer.json()).hits);
  }
  return answers.get(address);
}

function typeAhead(box) {
  const form = box.form;
  const list = element("ul", { id: `${box.id}-list`, class: "suggest", role: "listbox", "aria-label": "Suggested codes", hidden: "" });
  const said = element("span", { class: "vh", role: "status" });
  let at = -1, timer = 0, running = null;
  for (const [key, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" }))
    box.setAttribute(key, value);
  (box.closest(".inline") || form).append(list, said);

  function close() {
    clearTimeout(timer);
    running?.abort();
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function choose(next) {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = next;
    const option = list.children[at];
    if (!option) return box.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  }

  function open(option) {
    location.href = option.dataset.href;
  }

  function show(hits) {
    list.replaceChildren(...hits.map((hit, n) => {
      const option = element("li", { id: `${list.id}-${n}`, role: "option", "aria-selected": "false" },
        element("b", { class: "code" }, hit.code), element("span", {}, hit.display), element("small", {}, NAMES[hit.system] || hit.system));
      if (navigator.clipboard) option.append(element("button", { type: "button", class: "plain", tabindex: "-1", "data-code": hit.code, "aria-label": `Copy ${hit.code}` }, "Copy"));
      option.dataset.href = `/codes/${encodeURIComponent(hit.system)}/${encodeURIComponent(hit.code)}`;
      return option;
    }));
    at = -1;
    list.hidden = !hits.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    box.removeAttribute("aria-activedescendant");
    said.textContent = hits.length ? `${hits.length} suggestions` : "No suggestion";
  }

  async function suggest() {
    const query = box.value.trim();
    running?.abort();
    if (query.length < 2) return close();
    running = new AbortController();
    const { signal } = running;
    try {
      const hits = await ask(query, form.elements.system?.value, signal);
      if (!signal.aborted && document.activeElement === box) show(hits);
    } catch {
      if (!signal.aborted) close(); // without an answer the box is a plain search box
    }
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const count = list.hidden ? 0 : list.children.length;
    if (event.key === "Escape" && count) close();
    else if (event.key === "ArrowDown" && !count) suggest();
    else if (event.key === "ArrowDown" && count) choose((at + 1) % count);
    else if (event.key === "ArrowUp" && count) choose((at < 1 ? count : at) - 1);
    else if (event.key === "Enter" && count && at >= 0) open(list.children[at]);
    else if (event.key === "c" && (event.ctrlKey || event.metaKey) && count && at >= 0) list.children[at].querySelector("button")?.click();
    else return;
    event.preventDefault();
  });
  box.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus in the box
  list.addEventListener("click", (event) => {
    const copy = event.target.closest("button");
    const option = event.target.closest("li");
    if (copy) navigator.clipboard.writeText(copy.dataset.code).then(() => { copy.textContent = "Copied"; said.textContent = `${copy.dataset.code} copied`; });
    else if (option) open(option);
  });
}

function copyButton(button) {
  const said = element("span", { class: "vh", role: "status" });
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

document.querySelectorAll("[data-suggest]").forEach(typeAhead);
if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach(copyButton);
document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-suggest]");
  if (box && event.key === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});

function filter(box) {
  const rows = document.getElementById(box.dataset.filter)?.tBodies[0]?.rows ?? [];
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    for (const row of rows) row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
  });
}

for (const box of document.querySelectorAll("input[data-filter]")) filter(box);
