import { defineConfig } from "vitest/config";

const conditions = ["@fovea/source", "node", "import", "default"];
const tests = (name: string) => ["packages/*/test/**/", "apps/*/test/**/", "tools/**/"].map((folder) => folder + name);

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    pool: "forks",
    maxWorkers: 2,
    maxConcurrency: 1, // tests of one file that start programs start one at a time
    env: { FOVEA_THREADS: "1" }, // the workers share the cores
    testTimeout: 600_000, // a machine may be slow: this ends what hangs
    hookTimeout: 600_000,
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: tests("*.test.ts"),
          exclude: tests("*.isolated.test.ts"),
          setupFiles: ["tools/vitest/setup.ts", "tools/vitest/nothing-left.ts"],
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "isolated",
          testTimeout: 1_800_000, // tests that start programs wait for them
          include: tests("*.isolated.test.ts"), // without an engine, which few need: they import tools/vitest/setup.ts
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
