import * as tf from "@tensorflow/tfjs-core";
import { availableParallelism } from "node:os";
import { coreCopies, type CoreCopy } from "../core-copies.js";
import type { Engine, EngineName } from "../engines/engine.js";
import { engines } from "../engines/engines.js";
import { reasonOf, startEngine } from "../engines/start.js";
import { hasGradients, registerGradients } from "../gradients/register-gradients.js";
import { wasmKernels } from "../wasm/complete-wasm.js";
import type { WasmKernel } from "../wasm/wasm-kernel.js";
import { probe, type Speed } from "./probe.js";

/** What `doctor` found. */
export interface Diagnosis {
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly tfjs: string;
  /** More than one is an error. */
  readonly coreCopies: readonly CoreCopy[];
  readonly gradients: boolean;
  readonly engines: readonly EngineDiagnosis[];
}

/** One engine. */
export type EngineDiagnosis = WorkingEngine | BrokenEngine;

export interface WorkingEngine {
  readonly name: EngineName;
  /** Used only when asked for by name. */
  readonly experimental: boolean;
  readonly works: true;
  readonly speed: Speed;
  /** Kernels that this package brought, because the backend's own are missing, wrong or slow. */
  readonly completed: readonly Pick<WasmKernel, "name" | "stock">[];
  /** Kernels that `cpu` has and this engine has not. */
  readonly missing: readonly string[];
  /**
   * Kernels that ran in JavaScript during the timing for want of the engine's own, by name; empty for engines that
   * count none.
   */
  readonly fallbacks: Readonly<Record<string, number>>;
}

export interface BrokenEngine {
  readonly name: EngineName;
  readonly experimental: boolean;
  readonly works: false;
  readonly reason: string;
  /** The command after which it should work. */
  readonly remedy: string;
}

/** Tries and times every engine, and looks at what they need. The engine in use before is then in use again. */
export async function doctor(): Promise<Diagnosis> {
  const before = tf.engine().backendName;
  tf.env().set("PROD", true); // no banner
  await registerGradients();
  const found: EngineDiagnosis[] = [];
  // `cpu` first: the others are compared with it
  for (const engine of [...engines].reverse()) found.unshift(await examine(engine));
  if (before) await tf.setBackend(before);
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    tfjs: tf.version_core,
    coreCopies: coreCopies(),
    gradients: hasGradients(),
    engines: found,
  };
}

async function examine(engine: Engine): Promise<EngineDiagnosis> {
  const { name, backend, remedy, experimental = false } = engine;
  try {
    await startEngine(engine);
    const completed =
      backend === "wasm" ? wasmKernels.map((kernel) => ({ name: kernel.name, stock: kernel.stock })) : [];
    const own = new Set(kernelNames(backend));
    const missing = kernelNames("cpu").filter((kernel) => !own.has(kernel));
    const before = engine.fallbacks?.() ?? {};
    const speed = await probe();
    const fallbacks = since(before, engine.fallbacks?.() ?? {});
    return { name, experimental, works: true, speed, completed, missing, fallbacks };
  } catch (error) {
    return { name, experimental, works: false, reason: reasonOf(error), remedy };
  }
}

function since(before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>) {
  const added = Object.entries(now).map(([kernel, times]) => [kernel, times - (before[kernel] ?? 0)] as const);
  return Object.fromEntries(added.filter(([, times]) => times > 0));
}

const kernelNames = (backend: string): string[] => tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName);
