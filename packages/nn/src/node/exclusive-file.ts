import { randomUUID } from "node:crypto";
import { constants, copyFileSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/**
 * Makes a file that has its text as soon as it is there, since that is written under another name first. Of many
 * processes that try at once, one makes it.
 *
 * @returns false if there is a file of that name already
 */
export function createExclusive(path: string, text: string): boolean {
  if (existsSync(path)) return false;
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, text);
    return publish(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function publish(draft: string, path: string): boolean {
  try {
    try {
      linkSync(draft, path);
    } catch (error) {
      if (codeOf(error) === "EEXIST") throw error;
      copyFileSync(draft, path, constants.COPYFILE_EXCL); // no links here: it is made, and a moment later written
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Undefined if there is no such file. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
