import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import { writeFileAtomic } from "@fovea/nn/node";
import type { HubInfo } from "../hub/hub-info.js";
import { isCommit, type HubRequest } from "../hub/hub-options.js";

/**
 * The folder of downloaded weights if no other is given: the environment variable `FOVEA_CACHE`, else `fovea` in the
 * user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`).
 */
export const defaultCache = (): string =>
  process.env["FOVEA_CACHE"] || join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "fovea");

/** Where a cache keeps what it has of one repository. */
export interface CachedRepository {
  /** What the hub said of the revision when it was asked last; undefined if it never was. */
  info(): Promise<HubInfo | undefined>;
  /** Keeps what the hub says of the revision. */
  keep(info: HubInfo): Promise<void>;
  /** The path of a file of a commit; its folder is made. */
  pathOf(commit: string, file: string): Promise<string>;
}

/**
 * The part of a cache that belongs to one repository: `refs/REVISION` names the commit of a branch or tag, and each
 * commit has a folder with its files and `hub.json`, which has their sizes and hashes.
 */
export function cachedRepository(cache: string, { repository, revision }: HubRequest): CachedRepository {
  const root = join(cache, "hub", repository.replace("/", "--"));
  const ref = join(root, "refs", encodeURIComponent(revision));
  const infoOf = (commit: string) => join(root, commit, "hub.json");
  return {
    info: async () => {
      const commit = isCommit(revision) ? revision : await textOf(ref);
      const text = commit && (await textOf(infoOf(commit.trim())));
      return text ? (JSON.parse(text) as HubInfo) : undefined;
    },
    keep: async (info) => {
      await mkdir(join(root, info.commit), { recursive: true });
      await writeFileAtomic(infoOf(info.commit), JSON.stringify(info, null, 1));
      if (isCommit(revision)) return;
      await mkdir(join(root, "refs"), { recursive: true });
      await writeFileAtomic(ref, info.commit);
    },
    pathOf: async (commit, file) => {
      const path = join(root, commit, ...file.split("/"));
      await mkdir(join(path, ".."), { recursive: true });
      return path;
    },
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
