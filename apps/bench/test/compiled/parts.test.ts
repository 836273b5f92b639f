import * as backbones from "@fovea/backbones";
import * as bimodal from "@fovea/bimodal";
import * as fusion from "@fovea/fusion";
import * as losses from "@fovea/losses";
import * as models from "@fovea/models";
import * as nn from "@fovea/nn";
import * as sampling from "@fovea/patch-sampling";
import * as segmentation from "@fovea/segmentation";
import * as transformers from "@fovea/transformers";
import { describe, expect, it } from "vitest";
import { expectEqual } from "./equal.js";
import { backboneMakers, backbonesAside } from "./backbones.js";
import { bimodalAside, bimodalMakers } from "./bimodal.js";
import { fusionAside, fusionMakers } from "./fusion.js";
import { layerMakers, layersAside } from "./layers.js";
import { lossesAside, lossMakers } from "./losses.js";
import { modelMakers, modelsAside } from "./models.js";
import { samplingAside, samplingMakers } from "./sampling.js";
import { segmentationAside, segmentationMakers } from "./segmentation.js";
import { transformerMakers, transformersAside } from "./transformers.js";
import type { Makers } from "./subjects.js";

const parts: readonly (readonly [name: string, exported: object, makers: Makers, aside: readonly string[]])[] = [
  ["losses", losses, lossMakers, lossesAside],
  ["layers", nn, layerMakers, layersAside],
  ["fusions", fusion, fusionMakers, fusionAside],
  ["transformers", transformers, transformerMakers, transformersAside],
  ["backbones", backbones, backboneMakers, backbonesAside],
  ["bi-modal parts", bimodal, bimodalMakers, bimodalAside],
  ["patch samplers", sampling, samplingMakers, samplingAside],
  ["segmentation", segmentation, segmentationMakers, segmentationAside],
  ["models", models, modelMakers, modelsAside],
];

describe.each(parts)("%s, compiled", (_, exported, makers, aside) => {
  it("are all here", () => {
    const here = new Set([...Object.keys(makers).map((name) => name.split(" ")[0]), ...aside]);
    expect([...here].sort()).toEqual(Object.keys(exported).sort());
  });

  it.each(Object.entries(makers))("%s is the same as eager", async (_, make) => {
    const subject = await make();
    const { hasModes = true, tolerance } = subject;
    try {
      expectEqual(subject, { training: true, tolerance });
      if (hasModes) expectEqual(subject, { training: false });
    } finally {
      subject.dispose();
    }
  });
});
