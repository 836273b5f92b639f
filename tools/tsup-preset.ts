import { defineConfig } from "tsup";

/**
 * How every published package is built: ESM for Node 20, source maps, one `.d.ts` an entry, dependencies left outside.
 */
export const libraryBuild = (entry: Record<string, string>): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry,
    format: "esm",
    target: "node20",
    tsconfig: "../../tools/tsconfig.build.json",
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
  });
