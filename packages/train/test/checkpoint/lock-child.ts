// A process that wants a folder: node … lock-child.ts DIR. At each line it reads it tries to take it, and says how
// that went; it ends with its input.
import { createInterface } from "node:readline";
import { lockFolder } from "../../src/node/checkpoint/folder-lock.js";

const dir = process.argv[2]!;
console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) {
  try {
    lockFolder(dir);
    console.log("held");
  } catch (error) {
    console.log(`refused: ${(error as Error).message}`);
  }
}
