import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeLabelMap } from "@fovea/data/node";
import sharp from "sharp";

const [WIDTH, HEIGHT] = [44, 36];

/** Images that are bright on the right, where their label maps have 1; the first two rows are ignored. */
export async function ownFolder(root: string, images = 10): Promise<string> {
  for (const folder of ["images", "labels"]) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, "classes.txt"), "night\nday\n");
  for (let i = 0; i < images; i++) {
    const edge = 10 + 2 * i;
    const data = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => (at % WIDTH < edge ? 0 : 1));
    const pixels = Uint8Array.from({ length: 3 * data.length }, (_, at) => 40 + 170 * data[Math.floor(at / 3)]!);
    await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).toFile(join(root, "images", `${i}.png`)); // prettier-ignore
    const labels = { width: WIDTH, height: HEIGHT, data: data.fill(255, 0, 2 * WIDTH) };
    await writeLabelMap(join(root, "labels", `${i}.png`), labels);
  }
  return root;
}
