// The heading of a screen, which gets the focus when one arrives, and names the tab.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { texts } from "../i18n/catalogue.ts";

let arrived = false;

export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // With the heading itself, not a frame later: whoever sees it can go on from it by keyboard.
  useLayoutEffect(() => {
    // At the first one, the browser's own start of the page is the better place.
    if (arrived && document.querySelector("dialog[open]") === null) heading.current?.focus({ preventScroll: true });
    if (arrived) scrollTo(0, 0);
    arrived = true;
  }, []);
  useLayoutEffect(() => {
    document.title = `${title} · ${texts.value.app}`;
  }, [title, texts.value]);
  return (
    <div class="heading">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </div>
  );
}
