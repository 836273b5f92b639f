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

/**
 * Runs the programs in `examples` on small sets of images, as their README has it.
 *
 * @param folder - a project in which the packages are installed
 * @throws Error for one that fails, or prints something else
 */
export async function runPrograms(root, folder) {
  const images = join(folder, "images");
  await run("node", ["--conditions=@fovea/source", "--import", "tsx", "examples/images.ts", images], { cwd: root });
  const programs = await documented(root);
  const files = (await readdir(join(root, "examples"))).filter((file) => file.endsWith(".ts") && file !== "images.ts");
  const missing = files.filter((file) => !programs.some((program) => program.file === file));
  if (missing.length > 0) throw new Error(`examples/README.md: no line says what ${missing.join(", ")} prints.`);
  await compile(root, folder, files);
  for (const { file, args, accuracy, rest } of programs) {
    const start = Date.now();
    const [set, ...others] = args;
    const program = join("out", "programs", file.replace(/\.ts$/, ".js"));
    const { stdout } = await run("node", [program, join(images, set), ...others], { cwd: folder });
    const last = stdout.trim().split("\n").at(-1);
    console.log(`  ${file}: ${last} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    const [, found, of] = /^([\d.]+) % (of .+)$/.exec(last) ?? [];
    if (of !== rest || !(Number(found) >= accuracy - TOLERANCE))
      throw new Error(`examples/README.md: ${file} should print ${accuracy} % ${rest}, or nearly, and prints ${last}.`);
  }
}

async function compile(root, folder, files) {
  await mkdir(join(folder, "programs"));
  for (const file of files) await copyFile(join(root, "examples", file), join(folder, "programs", file));
  await writeFile(
    join(folder, "tsconfig.programs.json"),
    JSON.stringify({
      extends: "./tsconfig.json",
      compilerOptions: { skipLibCheck: true, rootDir: "programs", outDir: "out/programs" },
      include: ["programs"],
    }),
  );
  await run("node", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.programs.json"], { cwd: folder }).catch(
    ({ stdout }) => {
      throw new Error(`the programs in examples do not compile:\n${stdout}`);
    },
  );
}
