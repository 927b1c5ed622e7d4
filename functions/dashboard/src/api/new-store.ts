// The request that makes a store, of what was typed.

import type { CreateDraft } from "../state/drafts.ts";
import { quoted } from "./copy-as.ts";
import type { NewStore } from "./types.ts";

/** What a draft asks for: of the codes, those that are said. */
export function bodyOf({ name, adminEmail, locale, country, currency }: Omit<CreateDraft, "key">): NewStore {
  const codes = {
    locale: locale.trim(),
    country: country.trim().toUpperCase(),
    currency: currency.trim().toUpperCase(),
  };
  const said = Object.fromEntries(Object.entries(codes).filter(([, code]) => code !== ""));
  return { name: name.trim(), adminEmail: adminEmail.trim(), ...said };
}

/** The same for a shell. */
export function commandOf({ name, adminEmail, locale, country, currency }: NewStore): string {
  const flags = Object.entries({ email: adminEmail, locale, country, currency });
  const said = flags
    .filter(([, value]) => value != null)
    .map(([flag, value]) => `--${flag} ${quoted(value as string)}`);
  return `shopwright create ${quoted(name)} ${said.join(" ")} --follow`;
}
