// The head of the page: where one can go, and what holds for all screens.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "../i18n/catalogue.ts";
import { type Language, language, live, type Theme, theme } from "../state/preferences.ts";
import { href, route } from "../state/route.ts";
import { endSession, session } from "../state/session.ts";
import { Field, typedIn } from "./field.tsx";
import { Icon } from "./icon.tsx";
import { openKeys, openPalette } from "./overlays.ts";

export function Header() {
  const { app, nav, header, skip } = texts.value;
  const here = route.value.path[0] ?? "";
  const link = (name: string, text: string) => (
    <a href={href(name === "" ? [] : [name])} aria-current={here === name ? "page" : undefined}>
      {text}
    </a>
  );
  return (
    <header class="page">
      <a class="skip" href="#content" onClick={toContent}>
        {skip}
      </a>
      <a class="brand" href={href([])}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M5 13h22l-2-6H7zM8 15v10h16V15M13 25v-6h6v6" />
        </svg>
        {app}
      </a>
      <nav aria-label={nav.label}>
        {link("", nav.attention)}
        {link("stores", nav.stores)}
        {link("audit", nav.audit)}
        {link("webhooks", nav.webhooks)}
        {session.value?.role === "admin" && link("tokens", nav.tokens)}
      </nav>
      <div class="tools">
        <a class="button primary" href={href(["create"])} aria-label={nav.create}>
          <Icon name="plus" />
          <span class="wide-only">{nav.create}</span>
        </a>
        <Tool icon="search" label={`${header.palette} (Ctrl K)`} onClick={openPalette} />
        <Tool
          icon={live.value ? "pause" : "play"}
          label={live.value ? header.pause : header.resume}
          onClick={toggleLive}
        />
        <Settings />
      </div>
    </header>
  );
}

function toContent(event: globalThis.Event) {
  event.preventDefault();
  document.querySelector<HTMLElement>("h1")?.focus();
}

export function toggleLive() {
  live.value = !live.value;
}

function Tool(props: { icon: "search" | "pause" | "play"; label: string; onClick: () => void }) {
  return (
    <button type="button" class="plain square" aria-label={props.label} title={props.label} onClick={props.onClick}>
      <Icon name={props.icon} />
    </button>
  );
}

/** What opens below a button, and is closed by Escape or by going elsewhere. */
function Settings() {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const { header, signIn, role } = texts.value;
  useEffect(() => {
    if (!open.value) return;
    const outside = (event: globalThis.Event) => {
      if (!root.current?.contains(event.target as Node)) open.value = false;
    };
    addEventListener("pointerdown", outside);
    addEventListener("focusin", outside);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("focusin", outside);
    };
  }, [open.value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    open.value = false;
    root.current?.querySelector("button")?.focus();
  };
  const who = session.value;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what is open in it, wherever the focus is
    <div class="menu" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        class="plain square"
        aria-expanded={open.value}
        aria-label={header.settings}
        title={header.settings}
        onClick={() => (open.value = !open.value)}
      >
        <Icon name="settings" />
      </button>
      {open.value && (
        <div class="panel">
          {who !== null && (
            <p>
              <span class="strong">{who.name ?? signIn.token}</span> <span class="small">{role[who.role]}</span>
            </p>
          )}
          <Choices />
          <button
            type="button"
            onClick={() => {
              open.value = false;
              openKeys();
            }}
          >
            <Icon name="keyboard" />
            {header.keys}
          </button>
          <button type="button" onClick={() => endSession(false)}>
            {header.signOut}
          </button>
        </div>
      )}
    </div>
  );
}

/** Language and appearance. */
export function Choices() {
  const { language: name, theme: look } = texts.value;
  return (
    <div class="choices">
      <Field label={name}>
        {(wiring) => (
          <select
            {...wiring}
            value={language.value}
            onChange={(event) => (language.value = typedIn(event) as Language)}
          >
            <option value="en" lang="en">
              English
            </option>
            <option value="de" lang="de">
              Deutsch
            </option>
          </select>
        )}
      </Field>
      <Field label={look.label}>
        {(wiring) => (
          <select {...wiring} value={theme.value} onChange={(event) => (theme.value = typedIn(event) as Theme)}>
            <option value="system">{look.system}</option>
            <option value="light">{look.light}</option>
            <option value="dark">{look.dark}</option>
          </select>
        )}
      </Field>
    </div>
  );
}
