import * as tf from "@tensorflow/tfjs-core";
import { elementwise } from "./elementwise.js";
import type { Lowering } from "./lowering.js";

export const select: readonly Lowering[] = [
  elementwise(tf.Select, ["condition", "t", "e"], (e, [condition, t, f]) => {
    // tf.where broadcasts
    if (!tf.util.arraysEqual(condition!.shape as number[], t!.shape as number[])) return undefined;
    const type = tf.upcastType(t!.type as "float32", f!.type as "float32") as "float32" | "int32" | "bool";
    if (type !== "bool") return e("Where", [condition!, e.cast(t!, type), e.cast(f!, type)], type);
    return e("Or", [e("And", [condition!, t!]), e("And", [e("Not", [condition!]), f!])]);
  }),
];
