import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

const SAID = {
  red: ["a bird with a red crown and a long bill", "the wings are dark red"],
  green: ["a bird with a green belly and short legs", "its long tail is green"],
} as const;

/** A list of plain images with sentences about them, in a folder. @returns its path */
export async function ownList(folder: string, each = 10): Promise<string> {
  await mkdir(folder, { recursive: true });
  const lines: string[] = [];
  for (const [background, text] of Object.entries(SAID))
    for (let i = 0; i < each; i++) {
      const image = `${background}-${i}.png`;
      await sharp({ create: { width: 40 + i, height: 40, channels: 3, background } })
        .png()
        .toFile(join(folder, image));
      lines.push(JSON.stringify({ image, text, label: background }));
    }
  const path = join(folder, "list.jsonl");
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}
