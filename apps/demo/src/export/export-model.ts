import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { toTensor } from "@fovea/data";
import { weightsOf, type Pixels } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import {
  exportOnnx,
  modelFolder,
  takeImages,
  type ExportedModel,
  type Golden,
  type GoldenImages,
  type GoldenTensor,
} from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { pngOf } from "./golden-image.js";
import type { Asked, ExportPlan, NetworkExport } from "./plan.js";

/** What the files of a folder say beside the networks. */
export interface ExportModelOptions {
  /** What the model is called. */
  readonly title: string;
  /** Under which licence it may be used, in lower case. */
  readonly license: string;
  /** Whether a classifier of images has one more file, which takes images of any size as bytes. Default false. */
  readonly takesImages?: boolean;
  /** Told each file that was written. Default: nobody is told. */
  onFile?(path: string): void;
}

/** Writes the networks of a plan as a folder, each file whole or not at all. */
export async function exportModel(
  folder: string,
  { classes }: { readonly classes: readonly string[] },
  plan: ExportPlan,
  { title, license, takesImages = false, onFile }: ExportModelOptions,
): Promise<void> {
  const images = new Map<Pixels, string>();
  const models: Record<string, Uint8Array> = {};
  const golden: Golden[] = [];
  for (const network of plan.networks) {
    const metadata = {
      license,
      classes: JSON.stringify(classes),
      preprocessing: JSON.stringify(plan.preprocessing),
    };
    const model = exported(network, metadata);
    models[network.name] = model.bytes;
    golden.push(await goldenOf(network, plan, images));
    if (!takesImages || plan.task !== "image-classification") continue;
    const name = `${network.name}_images`;
    models[name] = takeImages(model, plan.preprocessing).bytes;
    golden.push(ofImages(golden.at(-1)!, name));
  }
  const pngs: Record<string, Uint8Array> = {};
  for (const [pixels, name] of images) pngs[name] = await pngOf(pixels);
  const { task, preprocessing, description, tags = [] } = plan;
  const files = modelFolder({ title, license, classes, task, preprocessing, description, tags, models, golden, images: pngs }); // prettier-ignore
  for (const [path, content] of [...files, ...Object.entries(plan.files ?? {})]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFileAtomic(join(folder, path), content);
    onFile?.(join(folder, path));
  }
}

/** The network with the most general inputs that it allows. */
function exported(network: NetworkExport, metadata: Readonly<Record<string, string>>): ExportedModel {
  const { name, module, inputs, forward } = network;
  const weights = weightsOf(module);
  let refusal: unknown;
  for (const way of inputs)
    try {
      return exportOnnx(forward, way, { weights, metadata, name });
    } catch (error) {
      refusal = error;
    }
  throw refusal;
}

/** What the network answers to what it is asked. */
async function goldenOf(network: NetworkExport, plan: ExportPlan, images: Map<Pixels, string>): Promise<Golden> {
  const { name: model, asked, forward } = network;
  const inputs: Record<string, GoldenTensor | GoldenImages> = {};
  const tensors: Record<string, tf.Tensor> = {};
  for (const [name, question] of Object.entries(asked)) {
    const shape = network.inputs[0]![name]!.shape;
    inputs[name] = goldenInput(question, shape.length, plan, images);
    tensors[name] = tensorOf(question, shape.length, plan);
  }
  const result = tf.tidy(() => forward(tensors));
  const named = result instanceof tf.Tensor ? { logits: result } : result;
  const outputs: Record<string, GoldenTensor> = {};
  for (const [name, y] of Object.entries(named))
    outputs[name] = { type: y.dtype as "float32", shape: y.shape, values: [...(await y.data())] };
  tf.dispose([tensors, named]);
  return { model, inputs, outputs };
}

/** What was asked as a question to a file that takes images as they are. */
function ofImages({ inputs, outputs }: Golden, model: string): Golden {
  const { images, shape } = inputs["pixel_values"] as GoldenImages;
  return { model, inputs: { images: { images, shape: [shape[0]!, shape[2]!, shape[3]!, 3] } }, outputs };
}

const isImages = (asked: Asked): asked is readonly Pixels[] => Array.isArray(asked);

/** Leading axes of one, then the images. */
const leading = (count: number, rank: number): number[] => [...new Array<number>(rank - 4).fill(1), count];

function goldenInput(
  asked: Asked,
  rank: number,
  { preprocessing: { mean, std } }: ExportPlan,
  images: Map<Pixels, string>,
): GoldenTensor | GoldenImages {
  if (!isImages(asked)) return asked;
  const [{ height, width }] = asked as readonly [Pixels];
  const names = asked.map((pixels) => {
    if (!images.has(pixels)) images.set(pixels, images.size === 0 ? "image.png" : `image_${images.size}.png`);
    return images.get(pixels)!;
  });
  return { images: names, shape: [...leading(asked.length, rank), 3, height, width], mean, std };
}

function tensorOf(asked: Asked, rank: number, { preprocessing: { mean, std } }: ExportPlan): tf.Tensor {
  if (!isImages(asked)) return tf.tensor([...asked.values], [...asked.shape], asked.type);
  const images = toTensor(asked, { mean, sd: std });
  const tensor = tf.reshape(images, [...leading(asked.length, rank), ...images.shape.slice(1)]);
  images.dispose();
  return tensor;
}
