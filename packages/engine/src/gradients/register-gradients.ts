import * as tf from "@tensorflow/tfjs-core";
import { registerDilatedGradients } from "../conv/dilated-gradients.js";
import { linearGradients } from "./linear.js";
import { matMulGradient, productGradients } from "./products.js";
import { gradientsFromOutputs, powGradient, secondDerivative } from "./second-derivatives.js";
import { stepGradients } from "./steps.js";

/** Whether tfjs can differentiate: tfjs-core alone registers no gradients in Node. */
export const hasGradients = (): boolean => tf.getGradient(tf.BatchMatMul) !== undefined;

const ours = new WeakSet<tf.GradConfig>();

/**
 * Registers tfjs's gradients, which come with tfjs-layers; right ones in the place of those that are wrong or throw;
 * and some that tfjs lacks.
 */
export async function registerGradients(): Promise<void> {
  await import("@tensorflow/tfjs-layers");
  completeGradients();
}

/**
 * Lays this package's gradients over tfjs's. Call it again whenever tfjs's were registered again; else it changes
 * nothing.
 */
export function completeGradients(): void {
  registerDilatedGradients();
  for (const gradient of [...linearGradients, ...productGradients, ...stepGradients]) put(gradient);
  wrap(tf.BatchMatMul, matMulGradient);
  wrap(tf.Pow, powGradient);
  for (const kernelName of gradientsFromOutputs) wrap(kernelName, secondDerivative);
}

function wrap(kernelName: string, around: (stock: tf.GradConfig) => tf.GradConfig): void {
  const stock = tf.getGradient(kernelName);
  if (stock && !ours.has(stock)) put(around(stock));
}

function put(gradient: tf.GradConfig): void {
  if (tf.getGradient(gradient.kernelName) === gradient) return;
  // tfjs warns where one is replaced
  if (tf.getGradient(gradient.kernelName)) tf.unregisterGradient(gradient.kernelName);
  tf.registerGradient(gradient);
  ours.add(gradient);
}
