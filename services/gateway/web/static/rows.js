// Searches a long table in place: the form's answer, a page of its own, is fetched, and its rows take the place of ours.
"use strict";

async function show(address, into) {
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector("[data-found]");
  if (!found) return location.assign(address); // refused: its page says why
  found.querySelectorAll("nav.pages a").forEach((link) => link.setAttribute("href", new URL(link.getAttribute("href"), new URL(address, location)).href));
  into.replaceChildren(...found.childNodes);
}

for (const form of document.querySelectorAll("form[data-rows]")) {
  const into = form.parentElement.querySelector("[data-found]");
  let timer = 0;
  const ask = () => show(`${form.action.split("?")[0]}?${new URLSearchParams(new FormData(form))}`, into);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  });
  into?.addEventListener("click", (event) => {
    const link = event.target.closest("nav.pages a");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(link.href, into);
  });
}
