import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect } from "vitest";

// For files that share a process: what a file leaves of tensors, variables and temporary files is removed; whatever
// else the next file would notice makes it fail. `setup.ts` picks the engine anew for each file.

const temporary = process.platform === "win32" ? "TEMP" : "TMPDIR";
const outer = process.env[temporary];
const inner = mkdtempSync(join(tmpdir(), "fovea-test-"));

const state = () => ({
  backends: Object.keys(tf.engine().registryFactory).sort(),
  kernels: Object.keys(tf.engine().registryFactory).map((backend) => tf.getKernelsForBackend(backend).length),
  flags: { ...(tf.env() as unknown as { flags: object }).flags },
  scopes: (tf.engine() as unknown as { state: { scopeStack: unknown[] } }).state.scopeStack.length,
  folder: process.cwd(),
  exitCode: process.exitCode,
  environment: { ...process.env, VIPSHOME: "" }, // which sharp sets when it is first imported
  listeners: Object.fromEntries(process.eventNames().map((name) => [name, process.listenerCount(name)])),
  globals: Object.getOwnPropertyNames(globalThis)
    .filter((name) => !name.startsWith("__"))
    .sort(), // tslib's helpers
});

const before = state();
process.env[temporary] = inner;

beforeAll(() => tf.engine().startScope());

afterAll(() => {
  tf.engine().endScope();
  tf.disposeVariables();
  if (outer === undefined) delete process.env[temporary];
  else process.env[temporary] = outer;
  rmSync(inner, { recursive: true, force: true });
  const after = state();
  const flags = { ...after.flags, ...before.flags }; // a flag has no value until it is asked for
  expect(after, "what the file leaves to the next").toEqual({ ...before, flags });
});
