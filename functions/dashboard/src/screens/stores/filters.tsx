// Which stores the list has: what stands in the address, and the fields that change it.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Flag, StoreFilter } from "../../api/reads.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Field, typedIn } from "../../parts/field.tsx";
import { href, replace } from "../../state/route.ts";
import { session } from "../../state/session.ts";
import { beginningOf } from "./prefix.ts";

const STATUSES: NonNullable<StoreFilter["status"]>[] = ["Provisioning", "Ready", "Failed", "Deleting"];
const HEALTHS: NonNullable<StoreFilter["health"]>[] = ["Healthy", "Degraded", "Down", "Missing"];
const POWERS: NonNullable<StoreFilter["power"]>[] = ["Running", "Hibernating", "Hibernated", "Resuming", "Upgrading"];

const FLAGS: Flag[] = ["true", "false"];

/** After how long without a key what was typed is looked for, in milliseconds. */
const TYPED = 250;

/** The filter that an address names; what it can't mean is left out. */
export function filterOf(given: URLSearchParams): StoreFilter {
  const one = <T extends string>(name: string, of: readonly T[]) => of.find((each) => each === given.get(name));
  return {
    status: one("status", STATUSES),
    health: one("health", HEALTHS),
    power: one("power", POWERS),
    suspended: one("suspended", FLAGS),
    outdated: one("outdated", FLAGS),
    owner: given.get("owner") ?? undefined,
    prefix: beginningOf(given.get("prefix") ?? "") || undefined,
    cursor: given.get("cursor") ?? undefined,
  };
}

/** The list of what `filter` names, from its first page. */
export const listOf = (filter: Omit<StoreFilter, "cursor">) => href(["stores"], { ...filter });

export function Filters({ filter }: { filter: Omit<StoreFilter, "cursor"> }) {
  const { stores: words, axis, status, health, power } = texts.value;
  const owner = useSignal(filter.owner ?? "");
  const prefix = useSignal(filter.prefix ?? "");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // What the address says counts, wherever it was changed.
  useEffect(() => {
    owner.value = filter.owner ?? "";
  }, [filter.owner]);
  useEffect(() => {
    if (beginningOf(prefix.peek()) !== (filter.prefix ?? "")) prefix.value = filter.prefix ?? "";
  }, [filter.prefix]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const to = (changed: Partial<Record<keyof StoreFilter, string>>) =>
    replace(href(["stores"], { ...filter, ...changed }));
  const search = () => {
    clearTimeout(timer.current);
    to({ prefix: beginningOf(prefix.value), owner: owner.value.trim() });
  };
  const choice = <T extends string>(
    name: "status" | "health" | "power" | "suspended" | "outdated",
    any: string,
    of: readonly T[],
    names: Record<T, string>,
  ) => (
    <Field label={axis[name]}>
      {(wiring) => (
        <select {...wiring} value={filter[name] ?? ""} onChange={(event) => to({ [name]: typedIn(event) })}>
          <option value="">{any}</option>
          {of.map((each) => (
            <option key={each} value={each}>
              {names[each]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  return (
    <form
      class="filters"
      role="search"
      aria-label={words.filters}
      onSubmit={(event) => {
        event.preventDefault();
        search();
      }}
    >
      <Field label={words.find}>
        {(wiring) => (
          <input
            {...wiring}
            type="search"
            data-search
            placeholder={words.findHelp}
            autocomplete="off"
            spellcheck={false}
            value={prefix.value}
            onInput={(event) => {
              prefix.value = typedIn(event);
              clearTimeout(timer.current);
              timer.current = setTimeout(search, TYPED);
            }}
          />
        )}
      </Field>
      {choice("status", words.anyStatus, STATUSES, status)}
      {choice("health", words.anyHealth, HEALTHS, health)}
      {choice("power", words.anyPower, POWERS, power)}
      {choice("suspended", words.anySuspension, FLAGS, words.suspended)}
      {choice("outdated", words.anyImage, FLAGS, words.outdated)}
      {session.value?.role === "admin" && (
        <>
          <Field label={words.owner}>
            {(wiring) => (
              <input
                {...wiring}
                placeholder={words.allOwners}
                value={owner.value}
                onInput={(event) => (owner.value = typedIn(event))}
              />
            )}
          </Field>
          <button type="submit">{words.apply}</button>
        </>
      )}
      {Object.values(filter).some(Boolean) && (
        <a class="button" href={href(["stores"])}>
          {words.reset}
        </a>
      )}
    </form>
  );
}
