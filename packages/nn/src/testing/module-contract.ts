import * as tf from "@tensorflow/tfjs-core";
import type { Context } from "../context.js";
import type { Module } from "../module.js";
import type { ModuleContractOptions } from "./module-contract-options.js";
import * as laws from "./module-laws.js";

/** One check, for any test runner: `for (const { name, run } of checks) it(name, run)`. */
export interface Check {
  /** What is checked, as the name of a test. */
  readonly name: string;
  /** Throws an Error that says what is wrong. */
  run(): void;
}

type Law<M extends Module> = (options: ModuleContractOptions<M>, module: M, x: tf.Tensor) => void;

/**
 * Checks what every module promises: it has right gradients for its input and every param, in training and in
 * inference, and no other variable has one; the same context gives the same numbers, whatever came before; in inference
 * a sample does not depend on the others of its batch; all numbers are finite; its input is neither changed nor
 * disposed, and no weight but `buffers` in training; no tensor leaks; instances share nothing, and compute the same
 * once their weights are copied by name.
 *
 * A check that fails throws an Error that names the law and says what is wrong.
 */
export function moduleContract<M extends Module>(options: ModuleContractOptions<M>): readonly Check[] {
  const check = (name: string, law: Law<M>): Check => ({ name, run: () => tryLaw(name, law, options) });
  return [
    ...laws.contexts.flatMap((context) => [
      check(`has the gradient of finite differences for its input (${nameOf(context)})`, (options, module, x) =>
        laws.hasTrueInputGradient(options, module, x, context),
      ),
      check(`has it for every param (${nameOf(context)})`, (options, module, x) =>
        laws.hasTrueParamGradients(options, module, x, context),
      ),
    ]),
    check("declares every variable it learns", laws.declaresWhatItLearns),
    check("gives the same numbers in the same context", laws.repeats),
    check("forgets earlier calls", laws.forgetsEarlierCalls),
    check("treats samples one by one in inference", laws.treatsSamplesOneByOne),
    check("gives finite numbers", laws.isFinite),
    check("leaves its input alone", laws.leavesInputAlone),
    check("changes no weight, except buffers in training", laws.leavesWeightsAlone),
    check("leaves no tensor behind", laws.leavesNothingBehind),
    check("shares nothing with another instance", laws.sharesNothing),
    check("gives the same numbers after its weights are copied by name", laws.restoresFromWeights),
  ];
}

const nameOf = (context: () => Context): string => (context().training ? "training" : "inference");

function tryLaw<M extends Module>(name: string, law: Law<M>, options: ModuleContractOptions<M>): void {
  const module = options.make();
  try {
    tf.tidy(() => law(options, module, options.input()));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`moduleContract: the module breaks the law "${name}": ${why}`, { cause: error });
  } finally {
    module.dispose();
  }
}
