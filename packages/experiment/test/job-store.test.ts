import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  claim,
  finishedOf,
  madeOnce,
  named,
  runJobs,
  type StoredJob,
  type StoreOptions,
} from "../src/jobs/job-store.js";

interface Job extends StoredJob {
  readonly settings: { readonly lr: number };
}

const job = (id: string, lr = 1): Job => ({ id, settings: { lr } });
const jobs = [job("seed-0/a"), job("seed-0/b"), job("seed-1/a")];

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "fovea-job-files-"));
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(out, { recursive: true, force: true });
});

/** Runs them, and says which, with the folder that each was given. */
async function ran(
  these: readonly Job[],
  fails = "",
  options: StoreOptions = { resume: true, keepCheckpoints: false },
): Promise<Map<string, string>> {
  const folders = new Map<string, string>();
  const run = async (one: Job, folder: string) => {
    folders.set(one.id, folder);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "epoch"), "1");
    if (one.id === fails) throw new Error("out of memory");
    return { ...one };
  };
  await runJobs(out, these, options, run).catch((error: unknown) => expect(error).toEqual(new Error("out of memory")));
  return folders;
}

it("runs what nobody has run or is running, each once, and leaves neither claims nor checkpoints", async () => {
  const release = claim(out, jobs[1]!);
  expect([...(await ran(jobs)).keys()]).toEqual(["seed-0/a", "seed-1/a"]);
  expect(console.error).toHaveBeenCalledWith(expect.stringContaining("seed-0/b is left to the process named in"));
  release!();
  expect([...(await ran(jobs)).keys()]).toEqual(["seed-0/b"]);
  expect((await readdir(join(out, "seed-0"))).sort()).toEqual(["a.json", "b.json"]);
  expect(await readdir(join(out, "checkpoints", "seed-0"))).toEqual([]);
});

it("goes on with what was begun with the same settings, and with no other", async () => {
  const [first, again] = [await ran([job("x")], "x"), await ran([job("x")], "x")];
  const other = await ran([job("x", 2)], "x");
  expect(again.get("x")).toBe(first.get("x"));
  expect(other.get("x")).not.toBe(first.get("x"));
  expect(dirname(other.get("x")!)).toBe(dirname(first.get("x")!));
  expect(await readdir(out)).toEqual(["checkpoints"]); // no result, and the claim is given back
});

it("keeps checkpoints where it is told, in a folder of the job's name", async () => {
  const folders = await ran(jobs, "", { resume: false, keepCheckpoints: true });
  expect(folders.get("seed-0/a")).toBe(join(out, "checkpoints", "seed-0", "a"));
  expect(await readdir(folders.get("seed-0/a")!)).toEqual(["epoch"]);
});

it("runs again what is there, unless it goes on", async () => {
  await ran(jobs);
  expect([...(await ran(jobs)).keys()]).toEqual([]);
  expect([...(await ran(jobs, "", { resume: false, keepCheckpoints: false })).keys()]).toEqual(
    jobs.map(({ id }) => id),
  );
  expect(await finishedOf(out, [job("seed-0/a", 2), ...jobs.slice(1)])).toEqual(jobs.slice(1)); // other settings
});

it("finds jobs by name, or by how their names start", () => {
  expect(named([job("a/x"), job("a/xy")], "a/x")).toEqual([job("a/x")]);
  expect(named(jobs, "seed-0")).toEqual(jobs.slice(0, 2));
});

it("makes once what several jobs begin with; who comes later waits, and other settings have it made again", async () => {
  const made: string[] = [];
  const make = (thing: Job, resume = true) =>
    madeOnce(out, thing, { resume }, async (folder) => {
      await mkdir(folder, { recursive: true });
      made.push(folder);
    });
  const [first, second] = await Promise.all([make(job("features")), make(job("features"))]);
  expect(second).toBe(first);
  expect(made).toEqual([first]);
  expect(await make(job("features", 2))).not.toBe(first);
  await make(job("features", 2), false);
  expect(made).toHaveLength(3);
  expect((await readdir(out)).sort()).toEqual(["features", "features.json"]); // the claim is given back
});

it("does not wait any longer once it is aborted", async () => {
  const release = claim(out, job("features"));
  const signal = AbortSignal.timeout(1);
  await expect(madeOnce(out, job("features"), { resume: true, signal }, () => Promise.resolve())).rejects.toThrow();
  release!();
});
