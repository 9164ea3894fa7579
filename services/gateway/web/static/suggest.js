// Type-ahead on search boxes: a combobox with a list of its own (WAI-ARIA Authoring Practices). Asks at every key.
"use strict";

const NAMES = { "icd-10-cm": "ICD-10-CM", "icd-10-pcs": "ICD-10-PCS", hcpcs: "HCPCS", cpt: "CPT" };
const PLAIN = ["description", "code"]; // kinds of match that need no word of why
const KEPT = 300; // answers
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
    const answer = await fetch(address, { signal, priority: "high" });
    if (!answer.ok) return [];
    if (answers.size >= KEPT) answers.delete(answers.keys().next().value);
    answers.set(address, (await answer.json()).hits);
  }
  return answers.get(address);
}

function option(hit, id) {
  const text = element("span", {}, hit.display);
  if (!PLAIN.includes(hit.matched.kind)) text.append(" ", element("q", {}, hit.matched.term));
  if (!hit.billable && hit.system.startsWith("icd")) text.append(" ", element("i", {}, "header"));
  const made = element("li", { id, role: "option", "aria-selected": "false" },
    element("b", { class: "code" }, hit.code), text, element("small", {}, NAMES[hit.system] || hit.system));
  // for the mouse alone, since an option holds no button; Ctrl+C copies the chosen one
  if (navigator.clipboard) made.append(element("span", { class: "copy", "aria-hidden": "true" }, "Copy"));
  made.dataset.code = hit.code;
  made.dataset.href = `/codes/${encodeURIComponent(hit.system)}/${encodeURIComponent(hit.code)}`;
  return made;
}

function typeAhead(box) {
  const form = box.form;
  const list = element("ul", { id: `${box.id}-list`, class: "suggest", role: "listbox", "aria-label": "Suggested codes", hidden: "" });
  const said = element("span", { class: "vh", role: "status" });
  let at = -1, running = null;
  for (const [key, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" }))
    box.setAttribute(key, value);
  (box.closest(".inline") || form).append(list, said);

  function close() {
    running?.abort();
    list.hidden = true;
    choose(-1);
    box.setAttribute("aria-expanded", "false");
  }

  function choose(next) {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = next;
    const chosen = list.children[at];
    if (!chosen) return box.removeAttribute("aria-activedescendant");
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", chosen.id);
  }

  function show(hits) {
    list.replaceChildren(...hits.map((hit, n) => option(hit, `${list.id}-${n}`)));
    list.hidden = !hits.length;
    choose(-1);
    box.setAttribute("aria-expanded", String(!list.hidden));
    said.textContent = hits.length ? `${hits.length} suggestions, arrow down to choose` : "No suggestion";
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

  function copy(chosen) {
    navigator.clipboard?.writeText(chosen.dataset.code).then(() => {
      chosen.querySelector(".copy").textContent = "Copied";
      said.textContent = `${chosen.dataset.code} copied`;
    });
  }

  const keys = {
    Escape: (count) => count && (close(), true),
    ArrowDown: (count) => (count ? choose((at + 1) % count) : suggest(), true),
    ArrowUp: (count) => count && (choose((at < 1 ? count : at) - 1), true),
    Home: (count) => count && at >= 0 && (choose(0), true),
    End: (count) => count && at >= 0 && (choose(count - 1), true),
    Enter: (count) => count && at >= 0 && (location.assign(list.children[at].dataset.href), true),
    c: (count, event) => (event.ctrlKey || event.metaKey) && count && at >= 0 && (copy(list.children[at]), true),
  };

  box.addEventListener("input", suggest);
  form.elements.system?.addEventListener("change", close);
  box.addEventListener("keydown", (event) => {
    if (!event.isComposing && keys[event.key]?.(list.hidden ? 0 : list.children.length, event)) event.preventDefault();
  });
  box.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus in the box
  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("li");
    if (event.target.closest(".copy")) copy(chosen);
    else if (chosen) location.assign(chosen.dataset.href);
  });
}

document.querySelectorAll("[data-suggest]").forEach(typeAhead);
document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-suggest]");
  if (box && event.key === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});
