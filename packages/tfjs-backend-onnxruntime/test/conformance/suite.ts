/** What `run.ts` bundles. The order of the imports counts: tests register as they are loaded. */
import { jasmineEnv } from "./jasmine.js";
import { nameOf, runOf } from "./runs.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/tests.js";
import { fallbacks, resetFallbacks } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { exclusions } from "./exclusions.js";
import { complaints, type Failure } from "./verdict.js";

const print = (line: string) => process.stdout.write(`${line}\n`);
console.log = console.warn = console.error = () => {}; // tests print what they expect

if (!(await tf.setBackend("onnxruntime"))) {
  print("conformance: the backend does not start; the tests would run on another.");
  process.exit(1);
}

const only = process.argv[2] ?? "";
const counts: Record<string, { passed: number; failed: number; pending: number }> = {};
const failures: Failure[] = [];
const inJavaScript: Record<string, number> = {};
let done = 0;

jasmineEnv.configure({ random: false, specFilter: (spec) => spec.getFullName().includes(only) });
jasmineEnv.addReporter({
  specDone({ fullName, status, failedExpectations }) {
    if (status === "excluded") return; // by `only`
    const run = runOf(fullName) ?? "no backend";
    const count = (counts[run] ??= { passed: 0, failed: 0, pending: 0 });
    count[status]++;
    if (status === "failed")
      failures.push({ run, test: nameOf(fullName), message: failedExpectations[0]?.message ?? "no reason given" });
    if (run === "native")
      for (const [kernel, times] of Object.entries(fallbacks()))
        inJavaScript[kernel] = (inJavaScript[kernel] ?? 0) + times;
    resetFallbacks();
    if (++done % 2000 === 0) print(`conformance: ${done} tests, ${process.uptime().toFixed(0)} s`);
  },
});
const { failedExpectations } = await jasmineEnv.execute();

for (const [run, { passed, failed, pending }] of Object.entries(counts))
  print(`${run.padEnd(10)} ${passed} passed, ${failed} failed, ${pending} switched off by tfjs-core itself`);
print(`in JavaScript though native was asked for: ${Object.keys(inJavaScript).sort().join(" ") || "nothing"}`);
const onCpu = failures.filter(({ run }) => run === "cpu");
const here = failures.filter(({ run }) => run !== "cpu");
const bad = [
  ...failedExpectations.map(({ message }) => `outside of any test: ${message}`),
  ...complaints(here, onCpu, only ? [] : exclusions),
];
for (const line of bad) print(`conformance: ${line}`);
print(`conformance: ${bad.length === 0 ? "passed" : "FAILED"}, ${exclusions.length} tests excluded`);
process.exit(bad.length === 0 && done > 0 ? 0 : 1);
