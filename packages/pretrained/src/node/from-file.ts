import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readSafetensors } from "@fovea/nn/node";
import { CONFIG_FILE, readModelConfig } from "../hub/model-config.js";
import { pretrainedWeights, type PretrainedWeights } from "../pretrained-weights.js";

/** How a file of weights was written. */
export interface FromFileOptions {
  /**
   * "pytorch" for a file that PyTorch wrote, "fovea" for one of `saveSafetensors` or with Keras' kernels. Default
   * "pytorch".
   */
  readonly layout?: PretrainedWeights["layout"];
}

/**
 * Reads weights from a safetensors file; what timm's `config.json` in the same folder says is taken, too. From PyTorch:
 * `safetensors.torch.save_file(model.state_dict(), "model.safetensors")`.
 *
 * @throws RangeError that names the file, if it cannot be read
 */
export async function fromFile(path: string, { layout = "pytorch" }: FromFileOptions = {}): Promise<PretrainedWeights> {
  const { tensors } = await readTensors(path);
  const config = await readFile(join(dirname(path), CONFIG_FILE), "utf8").catch(() => undefined);
  return pretrainedWeights({ ...readModelConfig(config), name: basename(path), layout, tensors });
}

async function readTensors(path: string): Promise<Pick<PretrainedWeights, "tensors">> {
  try {
    return await readSafetensors(path);
  } catch (cause) {
    const advice = path.endsWith(".safetensors")
      ? ""
      : " Only safetensors files are read: in Python, `safetensors.torch.save_file(model.state_dict(), path)` writes one.";
    throw new RangeError(`fromFile: ${path} cannot be read: ${(cause as Error).message}${advice}`, { cause });
  }
}
