import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How much lower an accuracy may be than the documentation has it, in points: other machines round otherwise. */
const TOLERANCE = 15;

/** The commands of `examples/README.md`, and what they are said to print. */
async function documented(root) {
  const text = await readFile(join(root, "examples", "README.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\S+\.ts) IMAGES\/([^`]+)`\s*\| ([\d.]+) % (of .+?\w)(?: \(.*\))?\s*\|/gm)];
  return rows.map(([, file, args, accuracy, rest]) => ({
    file,
    args: args.split(" "),
    accuracy: Number(accuracy),
    rest,
  }));
}

/** The programs in `examples`. */
const filesIn = async (root) =>
  (await readdir(join(root, "examples"))).filter((file) => file.endsWith(".ts") && file !== "images.ts");

/**
 * Runs the programs in `examples` on small sets of images, as their README has it. They must be compiled.
 *
 * @param folder - a project in which the packages are installed
 * @param command - what runs a file of JavaScript
 * @param only - the programs to run. Default: all
 * @throws Error for one that fails, or prints something else
 */
export async function runPrograms(root, folder, { command: [command, ...flags] = ["node"], only } = {}) {
  const images = join(folder, "images");
  await run("node", ["--conditions=@fovea/source", "--import", "tsx", "examples/images.ts", images], { cwd: root });
  const programs = await documented(root);
  const files = only ?? (await filesIn(root));
  const missing = files.filter((file) => !programs.some((program) => program.file === file));
  if (missing.length > 0) throw new Error(`examples/README.md: no line says what ${missing.join(", ")} prints.`);
  for (const { file, args, accuracy, rest } of programs.filter(({ file }) => files.includes(file))) {
    const start = Date.now();
    const [set, ...others] = args;
    const program = join("out", "programs", file.replace(/\.ts$/, ".js"));
    const { stdout } = await run(command, [...flags, program, join(images, set), ...others], { cwd: folder });
    const last = stdout.trim().split("\n").at(-1);
    console.log(`  ${file}: ${last} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    const [, found, of] = /^([\d.]+) % (of .+)$/.exec(last) ?? [];
    if (of !== rest || !(Number(found) >= accuracy - TOLERANCE))
      throw new Error(`examples/README.md: ${file} should print ${accuracy} % ${rest}, or nearly, and prints ${last}.`);
  }
}

/** Compiles the programs in `examples` against the types of the installed packages. */
export async function compilePrograms(root, folder) {
  const files = await filesIn(root);
  await mkdir(join(folder, "programs"));
  for (const file of files) await copyFile(join(root, "examples", file), join(folder, "programs", file));
  await writeFile(
    join(folder, "tsconfig.programs.json"),
    JSON.stringify({
      extends: "./tsconfig.json",
      // TypeScript 6 takes no types by itself
      compilerOptions: { skipLibCheck: true, types: ["node"], rootDir: "programs", outDir: "out/programs" },
      include: ["programs"],
    }),
  );
  await run("node", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.programs.json"], { cwd: folder }).catch(
    ({ stdout }) => {
      throw new Error(`the programs in examples do not compile:\n${stdout}`);
    },
  );
}
