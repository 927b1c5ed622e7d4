// The lines of a log: searched, wrapped, saved, and each with an address. They are text, whatever stands in them.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LogExcerpt } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { parted } from "../../logs/search.ts";
import { Field, isChecked, typedIn } from "../../parts/field.tsx";

export function Lines(props: {
  name: string;
  lines: LogExcerpt["lines"];
  /** The time of the line that the address points at. */
  pointed: string;
  address: (line: string) => string;
  following: boolean;
}) {
  const { name, lines, pointed, address, following } = props;
  const { logs: words } = texts.value;
  const typed = useSignal("");
  const wrap = useSignal(true);
  const view = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const list = view.current;
    if (list === null) return;
    const line = list.querySelector(".pointed");
    if (line !== null) line.scrollIntoView({ block: "center" });
    else list.scrollTop = list.scrollHeight;
  }, [lines]);
  const numbered = lines.map((line, place) => ({ ...line, number: place + 1 }));
  const sought = typed.value.toLowerCase();
  const found = sought === "" ? numbered : numbered.filter((line) => line.text.toLowerCase().includes(sought));
  const download = () => {
    const text = lines.map((line) => [line.at, line.text].filter(Boolean).join(" ")).join("\n");
    const url = URL.createObjectURL(new Blob([text, "\n"], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <>
      <div class="filters">
        <Field label={words.search}>
          {(wiring) => (
            <input
              {...wiring}
              type="search"
              data-search
              value={typed.value}
              onInput={(event) => (typed.value = typedIn(event))}
            />
          )}
        </Field>
        {sought !== "" && (
          <span class="small" role="status">
            {words.found(found.length)}
          </span>
        )}
        <label class="check">
          <input type="checkbox" checked={wrap.value} onChange={(event) => (wrap.value = isChecked(event))} />
          {words.wrap}
        </label>
        <button type="button" onClick={download}>
          {words.download}
        </button>
      </div>
      <div
        class={wrap.value ? "log wrapped" : "log"}
        role="log"
        aria-label={words.title}
        aria-live={following ? "polite" : "off"}
      >
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keys */}
        <ol ref={view} tabIndex={0} lang="en">
          {found.map((line) => (
            <li key={line.number} class={line.at && line.at === pointed ? "pointed" : ""}>
              <a
                class="number"
                href={address(line.at ?? "")}
                aria-label={words.line(line.number)}
                title={line.at ?? undefined}
              >
                {line.number}
              </a>
              <span class="text">
                {parted(line.text, typed.value).map((part, place) =>
                  part.found ? <mark key={place}>{part.text}</mark> : part.text,
                )}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}
