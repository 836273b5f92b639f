import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe } from "vitest";

/** The engine of the setup file, whichever it chose, and the one to compare with. */
const engines = [...new Set([tf.getBackend(), "cpu"])];

/** The same tests on every engine that must give the same numbers. */
export function describeOnEngines(name: string, tests: (engine: string) => void): void {
  describe.each(engines)(`${name} on %s`, (engine) => {
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
