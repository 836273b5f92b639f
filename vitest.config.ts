import { defineConfig } from "vitest/config";

const conditions = ["@fovea/source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "tools/**/*.test.ts"],
    setupFiles: ["tools/vitest/setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    env: { FOVEA_THREADS: "1" }, // the workers share the cores
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
