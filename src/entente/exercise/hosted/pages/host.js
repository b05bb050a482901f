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

// A press that has begun ends on what was under it, whatever came meanwhile.
let pressed = false;
addEventListener("pointerdown", () => (pressed = true));
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => setTimeout(() => (pressed = false), 300));

// Only what differs is changed, so that nothing moves under a hand, and what was opened or has the focus stays so.
function patch(old, fresh) {
  const other = old.nodeName !== fresh.nodeName || old.dataset?.step !== fresh.dataset?.step;
  if (other) return void old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const [mine, theirs] = [[...old.childNodes], [...fresh.childNodes]];
  mine.forEach((one, at) => (at < theirs.length ? patch(one, theirs[at]) : one.remove()));
  old.append(...theirs.slice(mine.length));
}

let asking = false;

async function refresh() {
  const main = document.querySelector("main[data-live]");
  if (!main || asking) return;
  asking = true;
  try {
    const answer = await fetch(main.dataset.here, { headers: { accept: "text/html" }, cache: "no-store" });
    const text = await answer.text();
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    const lost = document.querySelector(".lost");
    if (lost) lost.remove();
    if (fresh && !busy() && !pressed) patch(main, fresh);
  } catch {
    if (!document.querySelector(".lost")) {
      const bar = document.createElement("p");
      bar.className = "lost";
      bar.setAttribute("role", "alert");
      bar.textContent = main.dataset.lost;
      document.querySelector(".banner").after(bar);
    }
  }
  asking = false;
}

const every = Number(document.querySelector("main[data-live]")?.dataset.live ?? 0);
if (every) setInterval(refresh, every * 1000);
for (const one of document.querySelectorAll("button[data-print]")) one.addEventListener("click", () => print());
