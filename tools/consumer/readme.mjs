import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What a README tells a stranger to install, and the first program it shows. @throws Error if it lacks one of them */
export async function firstSteps(root, folder) {
  const path = join("packages", folder, "README.md");
  const text = await readFile(join(root, path), "utf8");
  const install = /^npm install (.+)$/m.exec(text);
  const block = /^```ts\n(.*?)^```$/ms.exec(text);
  if (!install || !block) throw new Error(`${path}: expected a line \`npm install …\` and a block of ts.`);
  return { names: install[1].trim().split(/\s+/), program: block[1] };
}
