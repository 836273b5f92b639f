import * as tf from "@tensorflow/tfjs-core";
import { OnnxRuntimeBackend } from "../backend.js";

/**
 * The backend, for `who` that works with no other.
 *
 * @param does - what this backend alone does with graphs
 * @throws Error on another backend
 */
export function requireBackend(who: string, does: "runs" | "records"): OnnxRuntimeBackend {
  const backend: unknown = tf.backend();
  if (backend instanceof OnnxRuntimeBackend) return backend;
  throw new Error(
    `${who}: expected the backend \`onnxruntime\`, since only it ${does} graphs, got \`${tf.getBackend()}\`; ` +
      "make it the backend before.",
  );
}
