import * as tf from "@tensorflow/tfjs-core";
import { classifier, resNet } from "@fovea/backbones";
import { encodeSafetensors } from "@fovea/nn";
import { hubServer, type HubServer } from "../../packages/pretrained/test/hub-server.js";
import { published } from "../../packages/pretrained/test/published.js";

const CONFIG = {
  architecture: "resnet18",
  pretrained_cfg: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], input_size: [3, 224, 224] },
};

/** A local hub with a file like that of timm's ResNet-18, so that examples run without a network. */
export function exampleHub(): Promise<HubServer> {
  const model = classifier(resNet({ depth: 18 }), { classes: 1000 });
  const tensors = published(model);
  const weights = encodeSafetensors(tensors);
  tf.dispose(tensors);
  model.dispose();
  const files = { "model.safetensors": weights, "config.json": new TextEncoder().encode(JSON.stringify(CONFIG)) };
  return hubServer(files, "timm/resnet18.a1_in1k");
}
