import { useEngine } from "@fovea/engine";
import type { Asking } from "../child/protocol.js";
import { estimateOf } from "./estimate.js";
import { measureNetwork } from "./measure-network.js";
import { measureSource } from "./measure-source.js";
import type { Estimate, NetworkFound, SourceFound } from "./protocol.js";
import { writePicture } from "./write-picture.js";

export async function picture({ side, layout, path }: Asking<"picture">): Promise<null> {
  await writePicture(side, layout, path);
  return null;
}

export async function estimate({ trial }: Asking<"estimate">): Promise<Estimate> {
  await useEngine(trial.engine ?? undefined);
  return estimateOf(trial);
}

export async function network({ job, file, budget }: Asking<"network">): Promise<NetworkFound> {
  const { engine } = await useEngine(job.engine ?? undefined);
  return measureNetwork(job, file, engine, budget);
}

/** With an engine loaded, though only tensors need one: so all begin with as much memory. */
export async function source({ job, files, seconds }: Asking<"source">): Promise<SourceFound> {
  await useEngine(job.engine ?? undefined);
  return measureSource(job, files, seconds);
}
