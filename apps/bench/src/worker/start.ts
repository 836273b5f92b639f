import { engines, useEngine, type EngineName } from "@fovea/engine";
import * as tf from "@tensorflow/tfjs-core";
import { COMPILED, type Job, type LocalRunner } from "../job.js";
import { engineCompile, type Compile } from "./compile.js";

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
  const library = libraryOf(engine);
  if (!isCompiled) return { runner: engine, engine, library };
  return { runner: COMPILED, engine, library, compile: engineCompile()! };
}

function libraryOf(engine: EngineName): string {
  const runtime = engines.find(({ name }) => name === engine)?.runtime?.();
  return `tfjs ${tf.version_core}${runtime ? ` on ${runtime}` : ""}`;
}
