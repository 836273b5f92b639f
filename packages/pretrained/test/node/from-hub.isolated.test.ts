import "../../../../tools/vitest/setup.js";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeSafetensors } from "@fovea/nn";
import { takeLock } from "@fovea/nn/node";
import { fromFile, fromHub, type CachedHubOptions } from "../../src/node/index.js";
import { hubServer, REPOSITORY, type HubServer } from "../hub-server.js";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const PROGRAM = fileURLToPath(new URL("child.ts", import.meta.url));
const VALUES = Float32Array.from({ length: 50_000 }, (_, i) => i);
const weights = tf.tidy(() => encodeSafetensors({ "fc.bias": tf.tensor1d(VALUES) }));
const files = { "model.safetensors": weights, "config.json": new TextEncoder().encode('{"architecture":"net"}') };
const WEIGHTS = `/${REPOSITORY}/resolve/${"a".repeat(40)}/model.safetensors`;

let [hub, cache] = [undefined as unknown as HubServer, ""];
const children: ChildProcess[] = [];
beforeEach(async () => {
  hub = await hubServer(files);
  cache = mkdtempSync(join(tmpdir(), "fovea-cache-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await hub.close();
  rmSync(cache, { recursive: true, force: true });
});

/** Reads the weights, checks them, and disposes them. */
async function read(options: CachedHubOptions = {}) {
  const { tensors, dispose, ...rest } = await fromHub(REPOSITORY, { endpoint: hub.endpoint, cache, ...options });
  expect(tensors["fc.bias"]!.dataSync()).toEqual(VALUES);
  dispose();
  return rest;
}

const folder = () => join(cache, "hub", REPOSITORY.replace("/", "--"));
const path = () => join(folder(), "a".repeat(40), "model.safetensors");
const downloads = () => hub.requests.filter((line) => line.includes("/resolve/"));
const warnings = () => vi.spyOn(process, "emitWarning").mockImplementation(() => {});

describe("the cache", () => {
  it("keeps what was downloaded: the second time the hub is only asked for the commit", async () => {
    expect(await read()).toMatchObject({ architecture: "net", license: "apache-2.0" });
    expect(downloads()).toHaveLength(2);
    expect(readdirSync(join(folder(), hub.commit)).sort()).toEqual(["config.json", "hub.json", "model.safetensors"]);
    await read();
    expect(downloads()).toHaveLength(2);
  });

  it("follows a branch, and asks nothing of a commit", async () => {
    await read();
    hub.commit = "b".repeat(40);
    expect((await read()).name).toBe(`${REPOSITORY}@bbbbbbb`);
    hub.requests.length = 0;
    expect((await read({ revision: "a".repeat(40) })).name).toBe(`${REPOSITORY}@aaaaaaa`);
    expect(hub.requests).toEqual([]);
  });

  it("serves without a network, and says what it lacks", async () => {
    await expect(read({ offline: true })).rejects.toThrow(
      `fromHub: offline, and the cache has no model.safetensors of ${REPOSITORY} at "main". Call it once with a network.`,
    );
    const online = await read();
    hub.requests.length = 0;
    expect(await read({ offline: true })).toEqual(online);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect(await read()).toEqual(online);
    vi.unstubAllEnvs();
    expect(hub.requests).toEqual([]);
  });

  it("stands in for a hub that cannot be reached, with a warning, and not for one that says no", async () => {
    const warn = warnings();
    await read();
    hub.status = 503;
    await read();
    expect(warn.mock.calls.at(-1)![0]).toMatch(
      /the hub answers with status 503.* What the cache has is taken, commit a+\.$/,
    );
    hub.status = 404;
    await expect(read()).rejects.toThrow("there is no repository");
    warn.mockRestore();
  });

  it("downloads again what was damaged, and refuses it offline", async () => {
    await read();
    const damaged = readFileSync(path());
    damaged[damaged.length - 1]! ^= 1;
    writeFileSync(path(), damaged);
    await expect(read({ offline: true })).rejects.toThrow(`${path()} is missing or damaged`);
    await read();
    expect(readFileSync(path()).equals(weights)).toBe(true);
  });

  it("takes hub and token from the environment", async () => {
    hub.token = "secret";
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_TOKEN", "secret");
    vi.stubEnv("FOVEA_CACHE", cache);
    (await fromHub(REPOSITORY)).dispose();
    vi.unstubAllEnvs();
    expect(readFileSync(path()).equals(weights)).toBe(true);
  });
});

describe("a download", () => {
  it("that is cut off goes on where it was, and tells how far it is", async () => {
    hub.cuts = [1e9, 70_000, 30_000]; // the config comes first
    const seen: number[] = [];
    await read({ onProgress: ({ file, received }) => file === "model.safetensors" && seen.push(received) });
    const [first, ...resumed] = downloads().slice(1);
    expect(first).toBe(`GET ${WEIGHTS}`);
    expect(resumed).toHaveLength(2);
    for (const line of resumed) expect(line).toMatch(/ bytes=[1-9]\d*-$/);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(weights.length);
  });

  it("that stays cut off is kept for the next call", async () => {
    hub.cuts = [1e9, 70_000];
    await expect(read({ retries: 0 })).rejects.toThrow(
      new RegExp(`was cut off after \\d+ of ${weights.length} bytes.* These are kept`),
    );
    expect(readdirSync(join(folder(), hub.commit)).sort()).toEqual([
      "config.json",
      "hub.json",
      "model.safetensors.part",
    ]);
    await read();
    expect(downloads().at(-1)).toMatch(/ bytes=[1-9]\d*-$/);
  });

  it("begins anew at a server that knows no ranges", async () => {
    hub.ranges = false;
    hub.cuts = [1e9, 70_000];
    await read();
    expect(downloads()).toHaveLength(3);
  });

  it.each([
    [
      "of another hash",
      () => weights.map((byte, i) => (i === weights.length - 1 ? byte ^ 1 : byte)),
      "its hash is not",
    ],
    ["that is longer", () => new Uint8Array(weights.length + 1), "is longer than"],
  ])("%s is refused, and nothing of it stays as a file", async (_, lie, message) => {
    hub.lies.set("model.safetensors", lie());
    await expect(read()).rejects.toThrow(message);
    expect(readdirSync(join(folder(), hub.commit))).not.toContain("model.safetensors");
    hub.lies.clear();
    await read();
  });

  it("ends with what `onProgress` throws, and asks no more", async () => {
    const onProgress = ({ file }: { file: string }) => {
      if (file === "model.safetensors") throw new Error("my own");
    };
    await expect(read({ onProgress })).rejects.toThrow("my own");
    expect(downloads()).toHaveLength(2);
  });

  it("ends with the signal's own reason while it pauses, while it waits for a lock, and while the hub is silent", async () => {
    const soon = () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("enough")), 50);
      return controller.signal;
    };
    hub.cuts = [1e9, 10];
    await expect(read({ signal: soon() })).rejects.toThrow("enough"); // in the pause before the second attempt
    takeLock(`${path()}.lock`);
    await expect(read({ signal: soon() })).rejects.toThrow("enough");
    rmSync(`${path()}.lock`);
    await read();
    hub.stalls = true; // what the hub says of the revision begins, and does not end
    await expect(read({ signal: soon() })).rejects.toThrow("enough");
  });

  it("of an empty file is one, too", async () => {
    const other = await hubServer({ ...files, "config.json": new Uint8Array(0) });
    expect(await read({ endpoint: other.endpoint })).toMatchObject({ architecture: null });
    await other.close();
  });

  it("is not tried again a negative number of times", async () => {
    await expect(read({ retries: -1 })).rejects.toThrow("fromHub: `retries` must be a whole number of at least 0");
  });

  it("can be stopped, and is gone on with", async () => {
    const controller = new AbortController();
    hub.cuts = [1e9, 70_000];
    const onProgress = ({ file }: { file: string }) =>
      file === "model.safetensors" && controller.abort(new Error("enough"));
    await expect(read({ signal: controller.signal, onProgress })).rejects.toThrow("enough");
    await read();
    expect(downloads().at(-1)).toMatch(/ bytes=[1-9]\d*-$/);
  });

  it("is one process's, and the others wait for it", async () => {
    const outputs = await Promise.all([0, 1, 2].map(() => inChild()));
    expect(outputs).toEqual([0, 1, 2].map(() => `${VALUES.length}\n`));
    expect(downloads()).toHaveLength(2);
  });

  it("is taken over from a process that was killed", async () => {
    const killed = inChild({ FOVEA_STALL: "1" });
    const received = () => statSync(`${path()}.part`, { throwIfNoEntry: false })?.size ?? 0;
    await expect.poll(received, { timeout: 60_000 }).toBeGreaterThan(0);
    children.at(-1)!.kill("SIGKILL");
    await killed;
    expect(readdirSync(join(folder(), hub.commit))).toContain("model.safetensors.lock");
    await read();
    expect(downloads().at(-1)).toMatch(/ bytes=[1-9]\d*-$/);
  });
});

/** Reads the weights in a process of its own. @returns what it prints */
function inChild(env: NodeJS.ProcessEnv = {}): Promise<string> {
  const args = ["--conditions=@fovea/source", "--import", "tsx", PROGRAM, REPOSITORY];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, HF_ENDPOINT: hub.endpoint, FOVEA_CACHE: cache, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let output = "";
  child.stdout.on("data", (text) => (output += String(text)));
  return new Promise((resolve) => child.on("close", () => resolve(output)));
}

describe("fromFile", () => {
  it("reads a file, and the config beside it", async () => {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(cache, name), bytes);
    const { tensors, dispose, ...rest } = await fromFile(join(cache, "model.safetensors"));
    expect(tensors["fc.bias"]!.dataSync()).toEqual(VALUES);
    expect(rest).toEqual({
      name: "model.safetensors",
      layout: "pytorch",
      architecture: "net",
      license: null,
      preprocessing: null,
    });
    dispose();
  });

  it("says how PyTorch writes a file that it reads", async () => {
    await expect(fromFile(join(cache, "missing.pth"))).rejects.toThrow(
      /^fromFile: .*missing\.pth cannot be read: ENOENT.* Only safetensors files are read: in Python, `safetensors\.torch/,
    );
  });

  it("names a file that it cannot read", async () => {
    writeFileSync(join(cache, "bad.safetensors"), "no");
    await expect(fromFile(join(cache, "bad.safetensors"))).rejects.toThrow(/bad\.safetensors/);
  });
});
