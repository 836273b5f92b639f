import * as tf from "@tensorflow/tfjs-core";
import type { Fusion } from "../../fusion.js";
import { assert } from "../items.js";
import { using, type Law } from "../trial.js";

export const isMadeFromJson: Law = ({ options: { config, make } }) => {
  if (config === undefined) return;
  const odd = notJson(config, "config");
  assert(odd === undefined, `\`${odd}\` is not plain JSON, so that no checkpoint can hold it`);
  const before = JSON.stringify(config);
  const copy: unknown = JSON.parse(before);
  const same = String(startOf(make(config))) === String(startOf(make(copy)));
  assert(same, "a copy of the config makes other weights");
  assert(JSON.stringify(config) === before, "`make` changes the config that it is given");
};

/** Where a value is not JSON; undefined if it is. An option that is undefined is one that is left out. */
function notJson(value: unknown, path: string): string | undefined {
  if (value === null || ["undefined", "string", "boolean"].includes(typeof value) || Number.isFinite(value)) return;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return path;
  return Object.entries(value as object)
    .map(([key, inner]) => notJson(inner, `${path}.${key}`))
    .find((odd) => odd !== undefined);
}

export const refusesWrongConfigs: Law = ({ options: { make, wrongConfigs = [] }, fusion: { name } }) => {
  for (const wrong of wrongConfigs) {
    const before = tf.memory().numTensors;
    let error: unknown = "a fusion";
    try {
      make(wrong).dispose();
    } catch (thrown) {
      error = thrown;
    }
    const good = (error instanceof RangeError || error instanceof TypeError) && error.message.startsWith(`${name}: `);
    const config = JSON.stringify(wrong);
    assert(good, `expected a RangeError that starts with "${name}: " for the config ${config}, got ${String(error)}`);
    const allocated = tf.memory().numTensors - before;
    assert(allocated === 0, `${allocated} tensors were allocated before the config ${config} was refused`);
  }
};

export const startsFromItsSeed: Law = ({ options: { make, config } }) => {
  if (!hasSeed(config)) return;
  const start = startOf(make(config));
  const other = startOf(make({ ...config, seed: config.seed + 1 }));
  assert(String(start) !== String(other), "another `seed` gives the same weights");
  const random = start.filter((values) => new Set(values).size > 1).map(String);
  assert(new Set(random).size === random.length, "two params start with the same numbers: give each a seed of its own");
};

const hasSeed = (config: unknown): config is { seed: number } =>
  typeof config === "object" && config !== null && typeof (config as { seed?: unknown }).seed === "number";

/** The numbers of each param; disposes the fusion. */
const startOf = (fusion: Fusion): number[][] =>
  using(fusion, ({ params }) => Object.values(params).map((param) => Array.from(param.dataSync())));
