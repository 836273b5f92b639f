import "../../../../tools/vitest/setup.js";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeSafetensors } from "../../src/index.js";
import { readSafetensors, saveSafetensors, writeFileAtomic } from "../../src/node/index.js";
import { assertClose, randomTensor } from "../../src/testing/index.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "fovea-nn-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("writeFileAtomic", () => {
  it("writes bytes and text, over what was there, and leaves nothing beside it", async () => {
    const path = join(folder, "a");
    await writeFileAtomic(path, "longer text");
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    await writeFileAtomic(path, "ü");
    expect(readFileSync(path, "utf8")).toBe("ü");
    await writeFileAtomic(path, new Uint8Array(0));
    expect(statSync(path).size).toBe(0);
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("keeps the file's mode, and writes through a link", async () => {
    const [path, link] = [join(folder, "a"), join(folder, "link")];
    writeFileSync(path, "old");
    chmodSync(path, 0o640);
    symlinkSync(path, link);
    await writeFileAtomic(link, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it("lets writes to one path wait for one another", async () => {
    const path = join(folder, "a");
    await Promise.all(Array.from({ length: 8 }, (_, i) => writeFileAtomic(path, String(i).repeat(50_000))));
    expect(readFileSync(path, "utf8")).toBe("7".repeat(50_000));
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("fails where it cannot write, and leaves nothing", async () => {
    await expect(writeFileAtomic(join(folder, "none", "a"), "x")).rejects.toThrow("ENOENT");
    mkdirSync(join(folder, "taken"));
    await expect(writeFileAtomic(join(folder, "taken"), "x")).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(["taken"]);
  });

  // A limit on the size of files cuts a write short just as a disk that fills up does: first fewer bytes than asked, no
  // error.
  it.runIf(canLimitFiles())("keeps the old file whole when the disk is full midway", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "old");
    const ignore = () => undefined;
    process.on("SIGXFSZ", ignore);
    try {
      limitFiles("65536");
      await expect(writeFileAtomic(path, new Uint8Array(100_000))).rejects.toThrow("EFBIG");
    } finally {
      limitFiles("unlimited");
      process.off("SIGXFSZ", ignore);
    }
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a"]);
    await writeFileAtomic(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
  });
});

describe("saveSafetensors and readSafetensors", () => {
  it("are inverse, and the file is what encodeSafetensors gives", async () => {
    const path = join(folder, "weights.safetensors");
    const tensors = { a: randomTensor([2, 3]), b: randomTensor([5], 1) };
    await saveSafetensors(path, tensors, { epoch: "3" });
    expect(new Uint8Array(readFileSync(path))).toEqual(encodeSafetensors(tensors, { epoch: "3" }));
    const read = await readSafetensors(path);
    expect(read.metadata).toEqual({ epoch: "3" });
    assertClose(read.tensors["a"]!, tensors.a, 0);
    assertClose(read.tensors["b"]!, tensors.b, 0);
  });

  /** A file of zeros that take no place on the disk: the header, one tensor `hole`, and `[1, 2]` as `last`. */
  function sparse(path: string, numbers: number): void {
    const end = 4 * numbers;
    const entry = (shape: number[], ...offsets: number[]) => ({ dtype: "F32", shape, data_offsets: offsets });
    const json = JSON.stringify({ hole: entry([numbers], 0, end), last: entry([2], end, end + 8) });
    const [file, bytes] = [openSync(path, "w"), Buffer.from(`\0\0\0\0\0\0\0\0${json}`)];
    bytes.writeBigUInt64LE(BigInt(json.length));
    writeSync(file, bytes, 0, bytes.length, 0);
    writeSync(file, Buffer.from(Float32Array.of(1, 2).buffer), 0, 8, bytes.length + end);
    closeSync(file);
  }

  it("read what is wanted of a file of more than 2 GiB", async () => {
    const path = join(folder, "large.safetensors");
    sparse(path, 2 ** 29 + 1);
    const { tensors } = await readSafetensors(path, { only: (name) => name !== "hole" });
    expect(Object.keys(tensors)).toEqual(["last"]);
    assertClose(tensors["last"]!, [1, 2], 0);
  });

  it("read a file that is open already, as often as wanted, and leave it open", async () => {
    const path = join(folder, "weights.safetensors");
    const a = randomTensor([2, 3]);
    await saveSafetensors(path, { a }, { epoch: "3" });
    const file = await open(path);
    try {
      expect(await readSafetensors(file, { only: () => false })).toEqual({ tensors: {}, metadata: { epoch: "3" } });
      assertClose((await readSafetensors(file)).tensors["a"]!, a, 0);
      expect((await file.stat()).size).toBeGreaterThan(0);
    } finally {
      await file.close();
    }
  });

  it("name a tensor that is more than memory holds", async () => {
    const path = join(folder, "huge.safetensors");
    sparse(path, 2 ** 41); // 8 TiB
    await expect(readSafetensors(path)).rejects.toThrow(
      `readSafetensors: ${path}: decodeSafetensors: tensor \`hole\` of 8796093022208 bytes: `,
    );
  });

  it("name a file that becomes shorter while it is read", async () => {
    const path = join(folder, "cut.safetensors");
    await saveSafetensors(path, { a: randomTensor([5]), b: randomTensor([5]) });
    const cut = (name: string) => {
      if (name === "a") truncateSync(path, statSync(path).size - 4);
      return true;
    };
    await expect(readSafetensors(path, { only: cut })).rejects.toThrow(
      /cut\.safetensors: decodeSafetensors: tensor `b` of 20 bytes: the file ended at \d+ bytes while it was read\.$/,
    );
  });

  it("name the file that is bad or not there", async () => {
    const path = join(folder, "bad.safetensors");
    writeFileSync(path, "nonsense");
    await expect(readSafetensors(path)).rejects.toThrow(
      `readSafetensors: ${path}: decodeSafetensors: the header claims`,
    );
    await expect(readSafetensors(join(folder, "none"))).rejects.toThrow("ENOENT");
  });
});

function limitFiles(bytes: string): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`], { stdio: "pipe" });
}

function canLimitFiles(): boolean {
  try {
    limitFiles("unlimited");
    return true;
  } catch {
    return false;
  }
}
