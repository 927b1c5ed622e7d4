// The few signs of the page. None stands without words, so none is read out.

const PATHS = {
  done: "M20 6 9 17l-5-5",
  failed: "M18 6 6 18M6 6l12 12",
  running: "M12 3a9 9 0 1 0 9 9",
  waiting: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  warning: "M12 9v4m0 4h.01M10.3 4 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0z",
  removing: "M5 12h14",
  missing: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.6 5.6l12.8 12.8",
  unknown: "M9.2 9a3 3 0 0 1 5.8 1c0 2-3 2.4-3 4.5m0 3h.01",
  asleep: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.500 10.500z",
  search: "m20 20-4.2-4.2M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14z",
  plus: "M12 5v14M5 12h14",
  pause: "M9 5v14M15 5v14",
  play: "M7 5v14l12-7z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  menu: "M12 6h.01M12 12h.01M12 18h.01",
  settings: "M4 7h9m4 0h3M4 17h3m4 0h9M13 4.500v5M7 14.500v5",
  close: "M18 6 6 18M6 6l12 12",
  chevron: "m9 6 6 6-6 6",
  keyboard: "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 15h8",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, spin = false }: { name: IconName; spin?: boolean }) {
  return (
    <svg class={spin ? "icon spin" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
