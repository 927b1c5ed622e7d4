// The keys that work everywhere, and the list of them.

import { texts } from "../i18n/catalogue.ts";
import { go, href } from "../state/route.ts";
import { session } from "../state/session.ts";
import { Dialog } from "./dialog.tsx";
import { toggleLive } from "./header.tsx";
import { closeOverlay, openKeys, openPalette, overlay } from "./overlays.ts";

/** How long after `g` its second key counts, in milliseconds. */
const PREFIX = 1200;

let prefixed = 0;

/** Whether keys are typed into something. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, select, textarea") || target.isContentEditable);
}

function step(direction: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next = at === -1 ? (direction === 1 ? 0 : rows.length - 1) : at + direction;
  const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  row?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (session.value === null) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    const other = document.querySelector("dialog[open]") !== null || overlay.value !== null;
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || other) return;
    const after = Date.now() - prefixed < PREFIX;
    prefixed = 0;
    if (after && event.key === "s") go(href(["stores"]));
    else if (after && event.key === "a") go(href([]));
    else if (event.key === "g") prefixed = Date.now();
    else if (event.key === "c") go(href(["create"]));
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "p") toggleLive();
    else if (event.key === "?") openKeys();
    else if (event.key === "/") {
      const field = document.querySelector<HTMLInputElement>("[data-search]");
      if (field === null) return;
      event.preventDefault();
      field.focus();
    }
  });
}

export function KeyList() {
  const { title, list } = texts.value.keys;
  return (
    <Dialog title={title} onClose={closeOverlay}>
      <dl class="keys">
        {list.map(([keys, text]) => (
          <div key={text}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
