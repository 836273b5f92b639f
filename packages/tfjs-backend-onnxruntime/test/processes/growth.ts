import * as tf from "@tensorflow/tfjs-core";
import { sessionCount } from "@fovea/tfjs-backend-onnxruntime";
import type { OnnxRuntimeBackend } from "../../src/backend.js";

/** What the process holds after a step. */
export interface Sample {
  readonly step: number;
  /** Resident memory in MB. */
  readonly rss: number;
  readonly tensors: number;
  readonly sessions: number;
  /** Arrays that wait to be used again, in MB. */
  readonly pool: number;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e4) / 100;

export const sample = (step: number): Sample => ({
  step,
  rss: megabytes(process.memoryUsage.rss()),
  tensors: tf.memory().numTensors,
  sessions: sessionCount(),
  pool: megabytes((tf.backend() as OnnxRuntimeBackend).buffers.bytes),
});

/** The slope of the line through the points that fits best, and half the width of its 95 % interval. */
export function growth(points: readonly (readonly [x: number, y: number])[]): { slope: number; halfWidth: number } {
  const n = points.length;
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / n;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / spread;
  const residual = points.reduce((sum, [x, y]) => sum + (y - my - slope * (x - mx)) ** 2, 0);
  return { slope, halfWidth: 1.96 * Math.sqrt(residual / (n - 2) / spread) };
}
