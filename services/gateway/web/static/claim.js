// Several lines pasted into a row go to the box for pasted lines, and are laid out as rows.
"use strict";

const paste = document.getElementById("paste");
const more = paste?.form.elements.more;
paste?.form.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain");
  if (event.target === paste || !text.trim().includes("\n")) return;
  event.preventDefault();
  paste.value = text.trim();
  paste.form.requestSubmit(more);
});
