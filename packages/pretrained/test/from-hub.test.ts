import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeSafetensors } from "@fovea/nn";
import { fromHub, HubError } from "../src/index.js";
import { hubServer, REPOSITORY, type HubServer } from "./hub-server.js";

const CONFIG = {
  architecture: "resnet18",
  pretrained_cfg: {
    mean: [0.1, 0.2, 0.3],
    std: [0.4, 0.5, 0.6],
    input_size: [3, 224, 256],
    crop_pct: 0.9,
    interpolation: "bicubic",
  },
};
const bytes = (text: string) => new TextEncoder().encode(text);
const weights = tf.tidy(() => encodeSafetensors({ "fc.bias": tf.tensor1d([1, 2, 3]) }));
const files = { "model.safetensors": weights, "config.json": bytes(JSON.stringify(CONFIG)), "README.md": bytes("hi") };

let hub: HubServer;
beforeEach(async () => void (hub = await hubServer(files)));
afterEach(() => hub.close());

describe("fromHub", () => {
  const read = (options: object = {}, repository = REPOSITORY) =>
    fromHub(repository, { endpoint: hub.endpoint, ...options });

  it("reads weights, and what the publisher says of them", async () => {
    const { tensors, dispose, ...rest } = await read();
    expect(Array.from(tensors["fc.bias"]!.dataSync())).toEqual([1, 2, 3]);
    expect(rest).toEqual({
      name: `${REPOSITORY}@aaaaaaa`,
      layout: "pytorch",
      architecture: "resnet18",
      license: "apache-2.0",
      preprocessing: {
        imageSize: [224, 256],
        cropShare: 0.9,
        interpolation: "bicubic",
        normalization: { mean: [0.1, 0.2, 0.3], sd: [0.4, 0.5, 0.6] },
      },
    });
    expect(hub.requests.at(-1)).toBe(`GET /${REPOSITORY}/resolve/${hub.commit}/model.safetensors`); // never "main"
    dispose();
  });

  it("sends the token, and says that one is needed", async () => {
    hub.token = "secret";
    await expect(read()).rejects.toThrow(`${REPOSITORY} does not exist, or is not public: then give an access token`);
    await expect(read({ token: "wrong" })).rejects.toThrow("the access token does not open");
    (await read({ token: "secret" })).dispose();
  });

  it.each([
    ["the weights", "model.safetensors", weights.map((byte, i) => (i === weights.length - 1 ? byte + 1 : byte))],
    ["the config", "config.json", bytes(JSON.stringify(CONFIG).replace("0.1", "0.7"))],
  ])("refuses %s with another hash", async (_, file, lie) => {
    hub.lies.set(file, lie);
    await expect(read()).rejects.toThrow(/is not what the hub states: expected the hash [0-9a-f]+, got [0-9a-f]+\.$/);
  });

  it("refuses what is cut off, in size or on its way", async () => {
    hub.lies.set("model.safetensors", weights.subarray(0, 20));
    await expect(read()).rejects.toThrow(`was cut off: expected ${weights.length} bytes, got 20.`);
    hub.cuts = [1e9, 20];
    await expect(read()).rejects.toThrow("was cut off");
  });

  it("says what a hub answers, and that it cannot be reached", async () => {
    await expect(read({}, "timm/unknown")).rejects.toThrow(
      'there is no repository timm/unknown with a revision "main"',
    );
    await expect(read({ file: "other.safetensors" })).rejects.toThrow(
      `${REPOSITORY} has no other.safetensors. It has model.safetensors: say which by \`file\`.`,
    );
    hub.status = 429;
    await expect(read()).rejects.toMatchObject({ temporary: true });
    hub.status = 503;
    await expect(read()).rejects.toThrow("the hub answers with status 503");
    const dead = fromHub(REPOSITORY, { endpoint: "http://127.0.0.1:9" });
    await expect(dead).rejects.toThrow(/^fromHub: http:\/\/127\.0\.0\.1:9 cannot be reached: .+\.$/);
    await expect(dead).rejects.toBeInstanceOf(HubError);
  });

  it.each(["../timm/net", "timm/..", "https://huggingface.co/timm/net", ""])("refuses the name %j", async (name) => {
    await expect(read({}, name)).rejects.toThrow('expected a repository such as "timm/resnet18.a1_in1k"');
    expect(hub.requests).toEqual([]);
  });

  it.each(["../model.safetensors", "pytorch_model.bin", "/etc/model.safetensors"])(
    "refuses the file %j",
    async (file) => {
      await expect(read({ file })).rejects.toThrow("`file` must be a safetensors file of the repository");
    },
  );

  it("refuses a commit that is none, which could name another folder", async () => {
    hub.commit = "../../elsewhere";
    await expect(read()).rejects.toThrow("does not answer as a hub does: without a commit as `sha`, or");
  });

  it("never says a token, and takes none that a header cannot carry", async () => {
    const failure = await read({ token: "hf_SECRET\nsecond" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RangeError);
    expect(String(failure)).toContain("fromHub: `token` (or `HF_TOKEN`) must be letters, digits and signs");
    expect(String(failure)).not.toContain("SECRET");
    expect(hub.requests).toEqual([]);
  });

  it.each(["not a url", "ftp://hub", "https://"])("refuses %j as the address of a hub", async (endpoint) => {
    await expect(read({ endpoint })).rejects.toThrow(
      `fromHub: \`endpoint\` (or \`HF_ENDPOINT\`) must be the address of a hub, got "${endpoint}".`,
    );
  });

  it("ends with the signal's own reason", async () => {
    await expect(read({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});
