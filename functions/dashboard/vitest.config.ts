import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // One browser and one stack: a test that takes all of both would starve the others.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
