// The searches made last, on the search page; kept in this browser alone, the newest first.
"use strict";

const RECENT = "recent-searches";

function recentSearches() {
  const asked = new URLSearchParams(location.search).get("q")?.trim();
  const kept = JSON.parse(localStorage.getItem(RECENT) || "[]").filter((one) => typeof one === "string");
  const now = asked ? [asked, ...kept.filter((one) => one !== asked)].slice(0, 8) : kept;
  if (asked) localStorage.setItem(RECENT, JSON.stringify(now));
  const section = document.getElementById("recent");
  if (!section || !now.length) return;
  for (const one of now) {
    const link = document.createElement("a");
    link.href = `/case2code?q=${encodeURIComponent(one)}`;
    link.textContent = one;
    const line = document.createElement("li");
    line.append(link);
    section.querySelector("ul").append(line);
  }
  section.hidden = false;
}

try {
  recentSearches();
} catch {
  // without storage there is nothing recent
}
