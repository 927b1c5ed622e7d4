// The catalogue in use: that of the browser's language, unless somebody chose another.

import { computed } from "@preact/signals";
import { language } from "../state/preferences.ts";
import { de } from "./de.ts";
import type { Catalogue } from "./en.ts";
import { en } from "./en.ts";

const CATALOGUES: Record<"en" | "de", Catalogue> = { en, de };

/** What the page says now. */
export const texts = computed(() => CATALOGUES[language.value]);
