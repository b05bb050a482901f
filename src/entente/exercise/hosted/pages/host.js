// The pages work without this. It takes a code or the director's token out of the address, where no server and no log
// has seen it, and asks for what a page shows anew; what somebody is typing, and what he has opened, stays.
"use strict";

function take() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of ["code", "director"]) {
    const value = given.get(name);
    const field = document.querySelector(`form[data-takes=${name}] input[name=${name}]`);
    if (value !== null) history.replaceState(null, "", location.pathname + location.search);
    if (value !== null && field) {
      field.value = value;
      if (name === "director") field.form.submit();
    }
  }
}
take();
addEventListener("hashchange", take);
document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) event.target.form?.submit();
});

const typed = () => [...document.querySelectorAll("main input:not([type=hidden])")].some((one) => one.value !== "");
const busy = () => document.activeElement?.matches("input:not([type=hidden]),select,textarea") || typed();
const opened = () => new Set([...document.querySelectorAll("details[open][id]")].map((one) => one.id));

async function refresh() {
  const main = document.querySelector("main[data-live]");
  if (!main) return;
  try {
    const answer = await fetch(main.dataset.here, { headers: { accept: "text/html" }, cache: "no-store" });
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    const lost = document.querySelector(".lost");
    if (lost) lost.remove();
    if (fresh && !busy() && fresh.innerHTML !== main.dataset.shown) {
      const open = opened();
      const focused = document.activeElement?.getAttribute("data-key");
      main.dataset.shown = fresh.innerHTML;
      main.replaceChildren(...fresh.childNodes);
      for (const one of main.querySelectorAll("details[id]")) one.open = open.has(one.id);
      if (focused) main.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    }
  } catch {
    if (!document.querySelector(".lost")) {
      const bar = document.createElement("p");
      bar.className = "lost";
      bar.setAttribute("role", "alert");
      bar.textContent = main.dataset.lost;
      document.querySelector(".banner").after(bar);
    }
  }
}

const every = Number(document.querySelector("main[data-live]")?.dataset.live ?? 0);
if (every) setInterval(refresh, every * 1000);
for (const one of document.querySelectorAll("button[data-print]")) one.addEventListener("click", () => print());
