// Which of the dialogs is open that can be opened from everywhere.

import { signal } from "@preact/signals";

export const overlay = signal<"palette" | "keys" | null>(null);

export const openPalette = () => {
  overlay.value = "palette";
};

export const openKeys = () => {
  overlay.value = "keys";
};

export const closeOverlay = () => {
  overlay.value = null;
};
