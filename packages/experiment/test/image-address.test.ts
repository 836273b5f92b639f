import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { attentionAddress } from "../src/image-address.js";

describe("attentionAddress", () => {
  const white = { width: 4, height: 4, channels: 3, data: new Uint8Array(48).fill(255) } as const;
  const meanOf = async (heat: readonly number[]) => {
    const address = await attentionAddress(white, heat, [2, 2]);
    const stats = await sharp(Buffer.from(address.split(",")[1]!, "base64")).stats();
    return stats.channels[0]!.mean;
  };

  it("leaves what is attended to as it is, and darkens the rest", async () => {
    expect(await meanOf([1, 1, 1, 1])).toBeGreaterThan(250);
    expect(await meanOf([0, 0, 0, 0])).toBeLessThan(60);
    expect(await meanOf([1, 0, 0, 0])).toBeLessThan(await meanOf([1, 1, 0, 0]));
  });
});
