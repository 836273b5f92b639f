import "@fovea/tfjs-backend-onnxruntime";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";

/** The suite is run three times; `cpu` says which tests hold in Node at all. */
const runs = {
  cpu: { backendName: "cpu", flags: {} },
  default: { backendName: "onnxruntime", flags: { ONNXRUNTIME_ALL_NATIVE: false } },
  native: { backendName: "onnxruntime", flags: { ONNXRUNTIME_ALL_NATIVE: true } }, // the tests' tensors are tiny
} as const;

const mark = (run: string) => `[run ${run}]`;
setTestEnvs(Object.entries(runs).map(([run, setting]) => ({ name: mark(run), isDataSync: true, ...setting })));

/** Which run a test belongs to, the innermost where suites nest; undefined: it knows no backend, and runs once. */
export const runOf = (fullName: string): string | undefined => [...fullName.matchAll(/\[run (\w+)\]/g)].at(-1)?.[1];

/** A test's name without the run. */
export const nameOf = (fullName: string): string => fullName.replaceAll(/ \[run \w+\] \{.*?\}/g, "");
