import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "@fovea/data/node";
import { trainedModel, type Experiment } from "@fovea/experiment";
import { checkGolden } from "@fovea/tfjs-backend-onnxruntime";
import { CheckpointError } from "@fovea/train";
import { loadCheckpoint } from "@fovea/train/node";
import { exportModel } from "./export-model.js";
import { goldenImage } from "./golden-image.js";
import type { AnyPlanOf } from "./plan.js";

/** A system whose models can be exported. */
export interface Exporting {
  experiment(): Promise<unknown>;
  plan(): Promise<unknown>;
}

/** What `export` takes beside the checkpoint and the folder. */
export interface ExportCommandOptions {
  /** A file with the image whose outputs are kept. Default: a painted one. */
  readonly image?: string;
  /** Under which licence the model may be used, in lower case. */
  readonly license: string;
  /** What the model card says the model is called. Default: the experiment and the variant. */
  readonly title?: string;
  /** Whether a classifier of images has one more file, which takes images of any size as bytes. */
  readonly images: boolean;
}

/** Above it, outputs are no longer equal but for rounding. */
const tolerance = 1e-4;

/** Writes the model of a checkpoint as a folder of ONNX files, and checks them. */
export async function exportCheckpoint(
  systems: Readonly<Record<string, Exporting>>,
  checkpoint: string,
  folder: string,
  { image, license, title, images }: ExportCommandOptions,
): Promise<void> {
  const system = await systemOf(checkpoint, systems);
  const experiment = (await system.experiment()) as Experiment;
  const trained = await trainedModel(experiment, checkpoint);
  try {
    const plan = await ((await system.plan()) as AnyPlanOf)(trained as never, goldenImage(image));
    const name = title ?? `${experiment.title.split(":")[0]}: ${trained.variant.name}`;
    try {
      await exportModel(folder, trained, plan, {
        title: name,
        license,
        takesImages: images,
        onFile: (path) => console.log(path),
      });
    } finally {
      plan.dispose?.();
    }
  } finally {
    trained.model.dispose();
  }
  await checkFolder(folder);
}

/**
 * Runs the golden images of a folder through its files.
 *
 * @throws Error if an output is another than it was, or if a file of the folder cannot be read
 */
export async function checkFolder(folder: string): Promise<void> {
  const checks = await checkGolden(
    (path) => readFile(join(folder, path)).catch((cause: Error) => refuseFolder(folder, path, cause)),
    (png) => decodeImage(png),
  );
  for (const { model, output, error } of checks)
    console.log(`${model}: ${output} differs by ${error.toExponential(1)} at most`);
  const wrong = checks.filter(({ error }) => !(error <= tolerance));
  if (wrong.length > 0)
    throw new Error(`check: ${wrong.map(({ model, output }) => `\`${output}\` of ${model}`).join(", ")} in ${folder} is not what the trained model gives.`); // prettier-ignore
}

function refuseFolder(folder: string, path: string, cause: Error): never {
  throw new Error(
    `check: expected a folder that \`export\` has made, got ${folder}, whose ${path} cannot be read: ${cause.message}`,
    { cause },
  );
}

async function systemOf(checkpoint: string, systems: Readonly<Record<string, Exporting>>): Promise<Exporting> {
  const { config, dispose } = await loadCheckpoint(checkpoint);
  dispose();
  const id = (config as { readonly experiment?: string } | null)?.experiment;
  const system = id === undefined ? undefined : systems[id];
  if (system) return system;
  throw new CheckpointError(`export: expected ${checkpoint} to be of ${Object.keys(systems).join(", ")}, got one of ${id ?? "no experiment"}.`); // prettier-ignore
}
