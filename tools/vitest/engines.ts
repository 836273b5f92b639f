import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe } from "vitest";

/** The same tests on every engine that must give the same numbers. */
export function describeOnEngines(name: string, tests: (engine: "wasm" | "cpu") => void): void {
  describe.each(["wasm", "cpu"] as const)(`${name} on %s`, (engine) => {
    let before: string;
    beforeAll(async () => {
      before = tf.getBackend();
      await tf.setBackend(engine);
    });
    afterAll(async () => {
      await tf.setBackend(before);
    });
    tests(engine);
  });
}
