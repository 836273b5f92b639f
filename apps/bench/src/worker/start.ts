import { useEngine, type EngineName } from "@fovea/engine";
import type { Compile } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { COMPILED, type Job, type LocalRunner } from "../job.js";

export type { Compile };

/** An engine that runs. */
export interface Started {
  readonly runner: LocalRunner;
  readonly engine: EngineName;
  /** The libraries that compute, with their versions. */
  readonly library: string;
  /** Makes one graph of a function, for the runner whose steps are compiled. */
  readonly compile?: Compile;
}

/** Starts a job's engine with as many threads as the job says. Jobs of peers do not come here. */
export async function start({ engine: asked, threads }: Pick<Job, "engine" | "threads">): Promise<Started> {
  if (threads !== undefined) process.env["FOVEA_THREADS"] = String(threads);
  const isCompiled = asked === COMPILED;
  const { engine } = await useEngine(isCompiled ? "onnxruntime" : ((asked ?? undefined) as EngineName | undefined));
  const library = await libraryOf(engine);
  if (!isCompiled) return { runner: engine, engine, library };
  const { compile } = tf.backend() as unknown as { readonly compile: Compile };
  return { runner: COMPILED, engine, library, compile };
}

async function libraryOf(engine: EngineName): Promise<string> {
  const tfjs = `tfjs ${tf.version_core}`;
  if (engine !== "onnxruntime") return tfjs;
  const { runtimeVersion, spinMicroseconds } = await import("@fovea/tfjs-backend-onnxruntime");
  return `${tfjs} on ONNX Runtime ${runtimeVersion}, whose waiting threads spin for ${spinMicroseconds} µs`;
}
