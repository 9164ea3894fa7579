// Lines pasted into a row, or one into its code, go to the box for pasted lines, and are laid out as rows.
"use strict";

const paste = document.getElementById("paste");
const more = paste?.form.elements.more;
paste?.form.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain").trim();
  const laidOut = text.includes("\n") || (event.target.name === "code" && /\s/.test(text));
  if (event.target === paste || !laidOut) return;
  event.preventDefault();
  paste.value = text;
  paste.form.requestSubmit(more);
});
