import * as tf from "@tensorflow/tfjs-core";
import type { Compile, CompileOptions } from "../src/compiler.js";

/** What `fakeCompile` has been asked for. */
export interface Fake {
  /** Functions that were made, and how many of them were not disposed. */
  made: number;
  alive: number;
  /** "record" for each of two recordings, and "run". */
  readonly calls: string[];
}

/**
 * Runs `body` with an engine that compiles, as far as callers can tell: it refuses what a compiler refuses, records
 * twice and forgets what was done there, and assigns variables only if the results are accepted. It computes eagerly.
 *
 * @param refuse - throws for functions that cannot be recorded
 */
export async function withFakeCompile<T>(body: (fake: Fake) => Promise<T>, refuse = (): void => {}): Promise<T> {
  const fake: Fake = { made: 0, alive: 0, calls: [] };
  const compile: Compile = <A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    { accept, beforeRecording }: CompileOptions<R> = {},
  ) => {
    const seen = new Set<string>();
    fake.made++;
    fake.alive++;
    const compiled = (...args: A): R => {
      const key = keyOf(args);
      for (const attempt of seen.has(key) ? [] : [0, 1]) {
        beforeRecording?.(attempt);
        fake.calls.push("record");
        refuse();
        undone(() => disposeAll(fn(...args)), true);
      }
      seen.add(key);
      fake.calls.push("run");
      return undone(() => {
        const result = fn(...args);
        try {
          accept?.(result);
        } catch (error) {
          disposeAll(result);
          throw error;
        }
        return result;
      });
    };
    return Object.assign(compiled, { dispose: () => void fake.alive-- });
  };
  const backend = tf.backend() as { compile?: Compile };
  const own = Object.getOwnPropertyDescriptor(backend, "compile");
  Object.defineProperty(backend, "compile", { value: compile, configurable: true });
  try {
    return await body(fake);
  } finally {
    if (own) Object.defineProperty(backend, "compile", own);
    else delete backend.compile;
  }
}

export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/** Gives all variables back their numbers if `run` throws, or `always`; refuses new ones. */
function undone<T>(run: () => T, always = false): T {
  const variables = Object.values(tf.engine().registeredVariables);
  const clones = variables.map((variable) => tf.clone(variable));
  const restore = () => variables.forEach((variable, i) => variable.assign(tf.clone(clones[i]!)));
  try {
    const result = run();
    if (Object.keys(tf.engine().registeredVariables).length !== variables.length)
      throw new Error("a variable was made or disposed inside a compiled function");
    if (always) tf.tidy(restore);
    return result;
  } catch (error) {
    tf.tidy(restore);
    throw error;
  } finally {
    tf.dispose(clones);
  }
}

const disposeAll = (result: unknown): void => tf.dispose(result as tf.TensorContainer);

function keyOf(x: unknown): string {
  if (x instanceof tf.Tensor) return `${x.dtype}[${x.shape.join()}]`;
  if (x === null || x === undefined || typeof x === "boolean" || typeof x === "string") return JSON.stringify(x) ?? "-";
  if (Array.isArray(x)) return `[${x.map(keyOf).join()}]`;
  if (typeof x === "object" && Object.getPrototypeOf(x) === Object.prototype)
    return `{${Object.entries(x).map(([name, value]) => `${name}:${keyOf(value)}`).join()}}`; // prettier-ignore
  throw new TypeError(`compile: expected tensors among the arguments, got the ${typeof x} ${String(x)}.`);
}
