import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { geotiffSource } from "../../src/index.js";
import { expectSame, waves } from "./expected.js";
import { fixture } from "./fixtures.js";
import { allOf } from "./readers.js";

describe.each(["zstandard", "lerc", "lerc-zstandard"])("tiles of %s", (name) => {
  const whole = waves(60, 40);

  it("are read as libtiff wrote them", async () => {
    const source = await geotiffSource(fixture(name));
    expectSame(await source.read(allOf(whole)), whole);
    await source.close();
  });

  it.runIf(name.endsWith("zstandard"))("are refused if a frame of theirs is damaged, whatever it claims", async () => {
    const bytes = new Uint8Array(await readFile(fixture(name)));
    const frame = Buffer.from(bytes).indexOf(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)); // RFC 8878, section 3.1.1
    for (const descriptor of [0xc0, 0xe0]) {
      bytes[frame + 4] = descriptor; // eight bytes say the size of the content
      const source = await geotiffSource(bytes);
      await expect(source.read(allOf(whole))).rejects.toThrow(/: its Zstandard data are damaged$/);
      await source.close();
    }
  });
});
