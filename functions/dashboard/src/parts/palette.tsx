// Ctrl K: go to a store, or do something, without the mouse.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ACTIONS, isOffered } from "../api/actions.ts";
import { asFailure, type Failure } from "../api/failure.ts";
import { readStores, searchStores } from "../api/reads.ts";
import type { Store } from "../api/types.ts";
import { texts } from "../i18n/catalogue.ts";
import { beginningOf } from "../screens/stores/prefix.ts";
import { asked } from "../state/asked.ts";
import { language, theme } from "../state/preferences.ts";
import { go, href, route } from "../state/route.ts";
import { endSession, session } from "../state/session.ts";
import { Dialog } from "./dialog.tsx";
import { typedIn } from "./field.tsx";
import { toggleLive } from "./header.tsx";
import { closeOverlay, openKeys } from "./overlays.ts";
import { ProblemNote } from "./problem.tsx";

interface Choice {
  id: string;
  text: string;
  kind: string;
  run: () => void;
}

/** So many stores are there at once, the newest first; all others are found by the beginning of their id. */
const STORES = 100;
const SHOWN = 12;

/** After how long without a key what was typed is looked for, in milliseconds. */
const TYPED = 200;

export function Palette() {
  const typed = useSignal("");
  const chosen = useSignal(0);
  const stores = useSignal<Store[]>([]);
  const failure = useSignal<Failure | undefined>(undefined);
  useEffect(() => {
    const reading = new AbortController();
    readStores({}, reading.signal, STORES)
      .then((page) => (stores.value = page.items))
      .catch((thrown: unknown) => {
        if (!reading.signal.aborted) failure.value = asFailure(thrown);
      });
    return () => reading.abort();
  }, []);
  const prefix = beginningOf(typed.value);
  const elsewhere = useSignal<Store[]>([]);
  useEffect(() => {
    if (prefix === "") return;
    const reading = new AbortController();
    const timer = setTimeout(() => {
      searchStores({ prefix }, reading.signal)
        .then((page) => (elsewhere.value = page.items))
        .catch((thrown: unknown) => {
          if (!reading.signal.aborted) failure.value = asFailure(thrown);
        });
    }, TYPED);
    return () => {
      clearTimeout(timer);
      reading.abort();
    };
  }, [prefix]);

  const { palette } = texts.value;
  const near = new Set(stores.value.map((store) => store.uid));
  const all = [...stores.value, ...elsewhere.value.filter((store) => !near.has(store.uid))];
  const found = matching(typed.value, [...commands(all), ...storeChoices(all)]).slice(0, SHOWN);
  const slug = typed.value.trim().toLowerCase();
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug) && !found.some((choice) => choice.id === `store ${slug}`)) {
    found.push({
      id: `go ${slug}`,
      text: palette.go(slug),
      kind: palette.store,
      run: () => go(href(["stores", slug])),
    });
  }
  const at = Math.min(chosen.value, found.length - 1);
  const run = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    closeOverlay();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") chosen.value = Math.min(at + 1, found.length - 1);
    else if (event.key === "ArrowUp") chosen.value = Math.max(at - 1, 0);
    else if (event.key === "Enter") run(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={palette.title} onClose={closeOverlay}>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[at] ? `palette-${at}` : undefined}
        aria-label={palette.label}
        placeholder={palette.hint}
        autocomplete="off"
        spellcheck={false}
        value={typed.value}
        onInput={(event) => {
          typed.value = typedIn(event);
          chosen.value = 0;
        }}
        onKeyDown={onKeyDown}
      />
      {failure.value !== undefined && <ProblemNote failure={failure.value} />}
      <div role="listbox" id="palette-list" class="palette" aria-label={palette.title}>
        {found.map((choice, place) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's, as a combobox has it
          <div
            key={choice.id}
            id={`palette-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === at}
            onClick={() => run(choice)}
          >
            <span>{choice.text}</span>
            <span class="small">{choice.kind}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="small">{palette.none}</p>}
    </Dialog>
  );
}

function storeChoices(stores: Store[]): Choice[] {
  const kind = texts.value.palette.store;
  return stores.map(({ id, name }) => ({
    id: `store ${id}`,
    text: name === id ? id : `${name} · ${id}`,
    kind,
    run: () => go(href(["stores", id])),
  }));
}

function commands(stores: Store[]): Choice[] {
  const { nav, palette, header, theme: look, action } = texts.value;
  const screen = (path: string[], text: string): Choice => ({
    id: `screen ${path}`,
    text,
    kind: palette.screen,
    run: () => go(href(path)),
  });
  const command = (text: string, run: () => void): Choice => ({
    id: `command ${text}`,
    text,
    kind: palette.command,
    run,
  });
  const admin = session.value?.role === "admin";
  const shown =
    route.value.path[0] === "stores" ? stores.find((store) => store.id === route.value.path[1]) : undefined;
  const ofStore = ACTIONS.filter((each) => shown !== undefined && isOffered(each, shown, session.value?.role)).map(
    (each) =>
      command(`${action[each].name}: ${shown?.id}`, () => {
        if (shown !== undefined) asked.value = { action: each, stores: [shown], etag: undefined };
      }),
  );
  return [
    ...ofStore,
    ...(shown === undefined ? [] : [screen(["stores", shown.id, "logs"], `${action.logs.name}: ${shown.id}`)]),
    screen([], nav.attention),
    screen(["stores"], nav.stores),
    screen(["create"], nav.create),
    screen(["audit"], nav.audit),
    screen(["webhooks"], nav.webhooks),
    ...(admin ? [screen(["tokens"], nav.tokens)] : []),
    command(header.pause, toggleLive),
    command(header.keys, openKeys),
    command(`${look.label}: ${look.light}`, () => (theme.value = "light")),
    command(`${look.label}: ${look.dark}`, () => (theme.value = "dark")),
    command("English", () => (language.value = "en")),
    command("Deutsch", () => (language.value = "de")),
    command(header.signOut, () => endSession(false)),
  ];
}

/** Those in which each word of `typed` stands: first those that begin with it. */
function matching(typed: string, choices: Choice[]): Choice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = choices.filter((choice) => words.every((word) => choice.text.toLowerCase().includes(word)));
  const begins = (choice: Choice) => (choice.text.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return words.length === 0 ? fits : fits.sort((one, other) => begins(one) - begins(other));
}
