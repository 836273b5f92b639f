import * as tf from "@tensorflow/tfjs-core";
import { registerDilatedGradients } from "./conv/dilated-gradients.js";

/** Whether tfjs can differentiate: tfjs-core alone registers no gradients in Node. */
export const hasGradients = (): boolean => tf.getGradient(tf.BatchMatMul) !== undefined;

/** Registers tfjs's gradients, which come with tfjs-layers, and those of dilated convolutions, which tfjs lacks. */
export async function registerGradients(): Promise<void> {
  await import("@tensorflow/tfjs-layers");
  registerDilatedGradients();
}
