import * as tf from "@tensorflow/tfjs-core";
import { requireOneCore } from "./core-copies.js";
import type { Engine, EngineName } from "./engines/engine.js";
import { engines } from "./engines/engines.js";
import { reasonOf, startEngine } from "./engines/start.js";
import { threadsAsked } from "./engines/threads-asked.js";
import { registerGradients } from "./gradients/register-gradients.js";

/** What `useEngine` did. */
export interface EngineReport {
  readonly engine: EngineName;
  /** The engines that were tried before, and why each does not work. */
  readonly passedOver: readonly { readonly engine: EngineName; readonly reason: string }[];
}

/**
 * Makes tfjs ready in Node: the best engine that works, gradients, one tfjs-core. Call it once, before anything else.
 *
 * - Without a name, here or in the environment's `FOVEA_ENGINE`: the first that works of `tensorflow` (where the
 *   project has installed tfjs-node), `onnxruntime` (where it has a binary), `wasm`, `cpu`.
 * - With a name: that one or an error, never another instead. The argument counts before the environment. `webgpu`,
 *   which is experimental, is taken in this way only.
 *
 * An engine that comes with this package and does not work is warned of, once, with the command that mends it, unless
 * another was asked for.
 *
 * It also sets tfjs's flag PROD, so that its backends print no banner.
 *
 * @throws RangeError for a name that is none, or a number of threads in `FOVEA_THREADS` that is none
 * @throws Error with cause and remedy if the asked engine, or all, do not work; or if there are two tfjs-cores
 */
export async function useEngine(name?: EngineName): Promise<EngineReport> {
  const asked = name ?? (process.env["FOVEA_ENGINE"] || undefined);
  const candidates =
    asked === undefined
      ? engines.filter(({ experimental }) => !experimental)
      : [engineNamed(asked, name === undefined)];
  threadsAsked(); // bad input is an error, not a reason to pass an engine over
  tf.env().set("PROD", true);
  requireOneCore();
  await registerGradients();
  const passedOver: { engine: EngineName; reason: string }[] = [];
  for (const engine of candidates) {
    const failure = await startEngine(engine).then(() => undefined, asError);
    if (!failure) {
      requireOneCore(); // the engine may have brought another
      warnOfLost(engine.name, passedOver);
      return { engine: engine.name, passedOver };
    }
    const reason = reasonOf(failure);
    if (asked !== undefined)
      throw new Error(`useEngine: \`${asked}\` does not work: ${reason}. Remedy: ${engine.remedy}`, { cause: failure });
    passedOver.push({ engine: engine.name, reason });
  }
  throw new Error(`useEngine: no engine works: ${passedOver.map((e) => `${e.engine}: ${e.reason}`).join("; ")}.`);
}

let warned = false;

/** Warns, once, of an engine that one has reason to expect: a slower one in its place is easily missed. */
function warnOfLost(taken: EngineName, passedOver: EngineReport["passedOver"]): void {
  const lost = passedOver.find(({ engine }) => engineNamed(engine).included);
  if (!lost || warned) return;
  warned = true;
  process.emitWarning(
    `useEngine: takes \`${taken}\`, since \`${lost.engine}\`, which is faster and comes with @fovea/engine, does not work: ` +
      `${lost.reason}. Remedy: ${engineNamed(lost.engine).remedy} (or ask for \`${taken}\` by name, and nothing is said).`,
    "FoveaWarning",
  );
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function engineNamed(name: string, fromEnvironment = false): Engine {
  const engine = engines.find((candidate) => candidate.name === name);
  if (engine) return engine;
  const where = fromEnvironment ? " (from FOVEA_ENGINE)" : "";
  const names = engines.map((candidate) => candidate.name).join(", ");
  throw new RangeError(`useEngine: expected one of ${names}, got "${name}"${where}.`);
}
