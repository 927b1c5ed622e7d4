// Builds the page into `built/`, each file beside its compressed forms, from where build.rs takes them.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const OUT = join(import.meta.dirname, "built");

/** What JavaScript and CSS may have together, compressed, in bytes. */
const BUDGET = 70 * 1024;

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

/** Takes away what an earlier build has left. The folder stays, since cargo watches it. */
const emptied: Plugin = {
  name: "emptied",
  buildStart() {
    for (const entry of readdirSync(OUT)) {
      if (entry !== ".gitignore") rmSync(join(OUT, entry), { recursive: true });
    }
  },
};

/** Compresses each file as well as it goes: it is done once, and sent often. */
const compressed: Plugin = {
  name: "compressed",
  closeBundle() {
    let code = 0;
    for (const file of files(OUT).filter((name) => !name.endsWith(".gitignore"))) {
      const content = readFileSync(file);
      const brotli = brotliCompressSync(content, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
      });
      writeFileSync(`${file}.br`, brotli);
      writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      if (/\.(js|css)$/.test(file)) code += brotli.length;
    }
    if (code > BUDGET)
      throw new Error(`JavaScript and CSS have ${code} bytes, compressed: at most ${BUDGET} are allowed`);
    process.stdout.write(`dashboard: ${(code / 1024).toFixed(1)} KB of JavaScript and CSS, compressed\n`);
  },
};

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: OUT,
    emptyOutDir: false,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The policy of the page allows no `data:`, and one file more is no matter.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [emptied, compressed],
});
