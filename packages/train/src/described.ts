import * as tf from "@tensorflow/tfjs-core";

/** Describes a value in a few words, for errors. */
export function described(value: unknown): string {
  if (value instanceof tf.Tensor) return `a tensor of shape [${value.shape.join(", ")}]`;
  if (isThenable(value)) return "a promise";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null)
    return kindOf(value) === "Object" ? "an object" : `a ${kindOf(value)}`;
  return ["bigint", "function", "symbol"].includes(typeof value) ? `a ${typeof value}` : String(value);
}

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";

/** `Object` for plain objects of any realm, `Map`, `Date`, `Float32Array`, … */
export const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice("[object ".length, -1);
