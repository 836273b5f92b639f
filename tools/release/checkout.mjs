import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { output } from "./run.mjs";

/**
 * Copies a checkout as git sees it, uncommitted changes too, to a repository of its own: one commit, no remote, nothing
 * built. What is installed is linked, except the packages of the workspace, which are the copies.
 */
export async function copyCheckout(root, destination) {
  const listed = await output("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const path of listed.split("\0").filter((file) => file && existsSync(join(root, file)))) {
    await mkdir(dirname(join(destination, path)), { recursive: true });
    await cp(join(root, path), join(destination, path));
  }
  await linkInstalled(join(root, "node_modules"), join(destination, "node_modules"));
  const git = (...args) => output("git", args, { cwd: destination });
  await git("init", "--quiet", "--initial-branch", "main");
  await git("config", "user.name", "Release dry run");
  await git("config", "user.email", "dry-run@localhost");
  await git("add", "--all");
  await git("commit", "--quiet", "--no-gpg-sign", "--message", "The checkout");
}

async function linkInstalled(from, to) {
  await mkdir(join(to, "@fovea"), { recursive: true });
  for (const name of await readdir(from)) {
    if (name === ".bin" || !/^(\.|@fovea$)/.test(name)) await symlink(join(from, name), join(to, name));
  }
  for (const name of await readdir(join(from, "@fovea"))) {
    await symlink(await readlink(join(from, "@fovea", name)), join(to, "@fovea", name)); // relative: to the copy
  }
}
