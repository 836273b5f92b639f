/**
 * Runs tfjs-core's own test suite on this backend: `npm run conformance`. An argument runs only the tests whose name
 * has it. The tests are modules that Node cannot import, and they reach inside tfjs-core; so all is bundled, one
 * tfjs-core for all.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const outDir = here("../../../../.cache/conformance");
const requireInModule = `import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);`;

await build({
  config: false,
  entry: { suite: here("suite.ts") },
  outDir,
  format: "esm",
  target: "node20",
  splitting: false,
  noExternal: [/^(?!onnxruntime-node)/],
  banner: { js: requireInModule },
  silent: true,
  esbuildOptions(options) {
    options.mainFields = ["module", "main"]; // the modules that the tests import
    options.conditions = ["@fovea/source"];
    options.ignoreAnnotations = true; // tfjs-core declares its tests free of side effects
    options.logLevel = "error";
  },
});
const { status } = spawnSync(process.execPath, [`${outDir}/suite.js`, ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
