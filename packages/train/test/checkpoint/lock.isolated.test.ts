import "../../../../tools/vitest/setup.js";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import type * as Fs from "node:fs";
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takeLock, type LockHolder } from "@fovea/nn/node";
import { lockFile, lockFolder } from "../../src/node/checkpoint/folder-lock.js";
import { CheckpointError } from "../../src/index.js";
import { checkpointFolder } from "../../src/node/index.js";
import { run } from "./run.js";
import { trainInChild } from "./train-in-child.js";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  return { ...fs, linkSync: vi.fn(fs.linkSync), writeFileSync: vi.fn(fs.writeFileSync) };
});
const realFs = await vi.importActual<typeof Fs>("node:fs");

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const PROGRAM = fileURLToPath(new URL("lock-child.ts", import.meta.url));

let dir: string;
let path: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fovea-train-"));
  path = lockFile(dir);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

const since = new Date().toISOString();

/** The lock that a process left, with some of it otherwise. */
const lockOf = (other: object = {}) => JSON.stringify({ ...own(), since, id: "an-id", ...other });

/** What a lock of this process says. */
function own(): LockHolder {
  const folder = mkdtempSync(join(tmpdir(), "fovea-lock-"));
  takeLock(join(folder, "lock"));
  const holder = JSON.parse(readFileSync(join(folder, "lock"), "utf8")) as LockHolder;
  rmSync(folder, { recursive: true });
  return holder;
}

/** A minute before the machine was started. */
const beforeBoot = () => new Date(Date.now() - 1000 * (uptime() + 60)).toISOString();

/** A number that no process has. */
const nobody = () => spawnSync(process.execPath, ["--version"]).pid;

describe("a folder", () => {
  it("is one holder's, named by process, machine and time, until it is given back", () => {
    const lock = lockFolder(dir);
    expect(() => lockFolder(dir)).toThrow(CheckpointError);
    expect(() => lockFolder(dir)).toThrow(
      /^fit: .* is in use: this process has been training into it since 20\d\d-.*Z\. /,
    );
    expect(() => lockFolder(dir)).toThrow(
      `Z. Wait for it, stop it, or choose another folder; only if another program has that number by now, delete ${path}.`,
    );
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
    lockFolder(dir).release();
  });

  it("is made if it is not there, and cannot be where there is a file", () => {
    lockFolder(join(dir, "a", "b")).release();
    writeFileSync(join(dir, "file"), "");
    expect(() => lockFolder(join(dir, "file"))).toThrow(/^fit: .*file cannot be locked for this run: E/);
  });

  const takenOver = (text: string) => {
    writeFileSync(path, text);
    const lock = lockFolder(dir);
    expect(readdirSync(dir)).toEqual(["fit.lock"]);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid, host: hostname() });
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
  };

  it.each([
    ["of a process that is gone", () => lockOf({ pid: nobody() })],
    [
      "of before the machine was started, where the system says no more",
      () => lockOf({ began: "", since: beforeBoot() }),
    ],
    ["that was being written when its process died", () => ""],
    ["cut off in the middle", () => lockOf().slice(0, 40)],
    ["that is another file of this name", () => "{}"],
  ])("is taken over with a lock %s, and nothing of it is left", (_, text) => takenOver(text()));

  it.skipIf(process.platform === "win32")("is taken over with a lock of one whose number another process now has", () =>
    takenOver(lockOf({ began: "another time" })),
  );

  it("has its lock at once, or, on a full disk, none and nothing else", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    vi.mocked(writeFileSync).mockImplementationOnce((file, _, options) => {
      const { writeFileSync: write } = realFs;
      write(file, "", options); // made, but not written
      throw full;
    });
    expect(() => lockFolder(dir)).toThrow(`fit: ${dir} cannot be locked for this run: ENOSPC`);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("can be where the file system has no links", () => {
    const none = () => {
      throw Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM" });
    };
    vi.mocked(linkSync).mockImplementationOnce(none);
    const lock = lockFolder(dir);
    expect(readdirSync(dir)).toEqual(["fit.lock"]);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(() => lockFolder(dir)).toThrow("is in use: this process");
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("is taken over from one that died while it took over", () => {
    writeFileSync(path, lockOf({ pid: nobody(), id: "first" }));
    writeFileSync(`${path}.first`, lockOf({ pid: nobody(), id: "second" }));
    writeFileSync(`${path}.first.second`, lockOf({ pid: nobody(), id: "third" }));
    lockFolder(dir);
    expect(readdirSync(dir)).toEqual(["fit.lock"]);
  });

  it("is not taken over while another is taking over", () => {
    writeFileSync(path, lockOf({ pid: nobody(), id: "first" }));
    writeFileSync(`${path}.first`, lockOf({ id: "second" }));
    expect(() => lockFolder(dir)).toThrow("is in use: this process");
    expect(readdirSync(dir)).toEqual(["fit.lock", "fit.lock.first"]);
  });

  it("of a process on another machine is left to it, with a word on what to do", () => {
    const text = lockOf({ pid: nobody(), host: "elsewhere" });
    writeFileSync(path, text);
    expect(() => lockFolder(dir)).toThrow(
      `on elsewhere has been training into it since ${since}. Whether it still runs cannot be seen from ${hostname()}: wait for ` +
        `it, stop it, or choose another folder; only if it has ended, delete ${path}.`,
    );
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("that has become another's is not written to; a lock that was deleted is made again", () => {
    const lock = lockFolder(dir);
    rmSync(path);
    lock.requireHeld();
    expect(readdirSync(dir)).toEqual(["fit.lock"]);
    writeFileSync(path, lockOf({ pid: 1, host: "elsewhere" }));
    expect(() => lock.requireHeld()).toThrow(
      /is no longer this run's, and nothing more is written to it: process 1 on elsewhere has been training into it since /,
    );
    lock.release();
    expect(readdirSync(dir)).toEqual(["fit.lock"]); // it is not ours to give back
  });
});

/** What a process says, line by line. */
function lines(child: ChildProcess): AsyncIterator<string> {
  const reader: Interface = createInterface({ input: child.stdout! });
  return reader[Symbol.asyncIterator]();
}

describe("of many processes that start at once", () => {
  it("one has the folder, is named to all others, and killed is followed by one", async () => {
    const contenders = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ["--conditions=@fovea/source", "--import", "tsx", PROGRAM, dir], {
          cwd: ROOT,
          stdio: ["pipe", "pipe", "inherit"],
        });
        children.push(child);
        const says = lines(child);
        expect((await says.next()).value).toBe("ready");
        return { child, says };
      }),
    );
    const alive = new Set(contenders);
    while (alive.size > 1) {
      for (const { child } of alive) child.stdin!.write("go\n");
      const answers = await Promise.all(
        [...alive].map(async (one) => ({ one, text: (await one.says.next()).value as string })),
      );
      const holders = answers.filter(({ text }) => text === "held").map(({ one }) => one);
      expect(holders, JSON.stringify(answers.map(({ text }) => text))).toHaveLength(1);
      const [holder] = holders as [(typeof holders)[number]];
      for (const { text } of answers.filter(({ one }) => one !== holder))
        expect(text).toContain(
          `is in use: process ${holder.child.pid} on ${hostname()} has been training into it since`,
        );
      expect(readdirSync(dir)).toEqual(["fit.lock"]);
      alive.delete(holder);
      const gone = new Promise((resolve) => holder.child.on("close", resolve));
      holder.child.kill("SIGKILL");
      await gone;
    }
  });
});

describe("a run", () => {
  it("gives the folder back however it ends", async () => {
    const checkpoint = checkpointFolder({ dir, overwrite: true });
    const controller = new AbortController();
    await run({ checkpoint, steps: 1 });
    await expect(run({ checkpoint: checkpointFolder({ dir }), steps: 1 })).rejects.toThrow(
      "has checkpoints of another run",
    );
    await expect(run({ checkpoint, steps: 1, loss: () => undefined as never })).rejects.toThrow("`return`");
    controller.abort();
    await run({ checkpoint, steps: 1, signal: controller.signal });
    expect(readdirSync(dir)).toEqual(["last.safetensors"]);
  });

  it("ends with its own error, even if the folder cannot be given back", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const fails = () => {
      rmSync(path);
      mkdirSync(path); // so that it cannot be read
      throw new Error("my own");
    };
    await expect(run({ checkpoint: checkpointFolder({ dir }), callbacks: [{ onStep: fails }] })).rejects.toThrow(
      "my own",
    );
    expect(warn.mock.calls.at(-1)![0]).toMatch(
      /^fit: .*fit\.lock could not be given back, and keeps others out while this process runs: EISDIR/,
    );
    warn.mockRestore();
  });

  it("is one of two in a process that begin at once on an empty folder", async () => {
    const options = { checkpoint: checkpointFolder({ dir, every: 1 }), resume: true, steps: 3 };
    const results = await Promise.allSettled([run(options), run(options)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(String((results[1] as PromiseRejectedResult).reason)).toContain("this process has been training into it");
  });

  it("ends, writing nothing, once the folder is another's", async () => {
    const steal = ({ step }: { step: number }) => {
      if (step === 2) writeFileSync(path, lockOf({ pid: 1, host: "elsewhere" }));
    };
    const attempt = run({ checkpoint: checkpointFolder({ dir, every: 2 }), callbacks: [{ onStep: steal }] });
    await expect(attempt).rejects.toThrow(
      "is no longer this run's, and nothing more is written to it: process 1 on elsewhere",
    );
    await expect(attempt).rejects.toBeInstanceOf(CheckpointError);
    rmSync(path);
    const steps: number[] = [];
    await run({
      checkpoint: checkpointFolder({ dir }),
      resume: true,
      callbacks: [{ onStart: ({ startStep }) => void steps.push(startStep) }],
    });
    expect(steps).toEqual([2]);
  });

  it("is safe from another process, which is refused with a sentence and touches nothing", async () => {
    const half = join(dir, "last.safetensors.1234567"); // as if a checkpoint were being written
    const log = join(dir, "steps.csv");
    let refused = "";
    const visit = async ({ step }: { step: number }) => {
      if (step !== 2) return;
      for (const file of [half, log]) writeFileSync(file, "ours");
      const before = contents();
      refused = (await trainInChild({ dir, every: 1, steps: 8, log }).done).output;
      await expect(run({ checkpoint: checkpointFolder({ dir, overwrite: true }), steps: 8 })).rejects.toThrow(
        "in use: this process",
      );
      expect(contents()).toEqual(before);
      rmSync(half);
    };
    const contents = () => readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), "latin1")]);
    const visited = await run({ checkpoint: checkpointFolder({ dir, every: 2 }), callbacks: [{ onStep: visit }] });
    expect(refused).toMatch(/^CheckpointError: fit: .*\.\n$/);
    expect(refused).toContain(`is in use: process ${process.pid} on ${hostname()} has been training into it since 20`);
    expect(refused).not.toContain("step");
    expect(visited).toEqual(await run());
  });

  it("of two processes that start at once on an empty folder one trains", async () => {
    const options = { dir, every: 1, steps: 8, wait: true };
    const started = [0, 1].map(() => trainInChild(options));
    await Promise.all(started.map(({ ready }) => ready));
    for (const { go } of started) go();
    const outputs = (await Promise.all(started.map(({ done }) => done))).map(({ output }) => output);
    const [winner, loser] = outputs[0]!.includes("step 0") ? outputs : outputs.toReversed();
    expect(winner!.match(/step \d/g)).toHaveLength(8);
    expect(loser).toMatch(/^(ready\n)?CheckpointError: fit: .* is in use: process \d+ on /);
    expect(readdirSync(dir)).toEqual(["last.safetensors"]);
    const { history } = await run({ checkpoint: checkpointFolder({ dir }), resume: true, steps: 8 });
    expect(history).toEqual((await run({ steps: 8 })).history);
  });
});
