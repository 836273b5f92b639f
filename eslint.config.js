import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const banned = {
  random: {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: "Draw from a seeded `Rng` of @fovea/nn: a run must repeat.",
  },
  ops: ["einsum", "multinomial", "layers"].map((name) => ({
    selector: `MemberExpression[object.name='tf'][property.name='${name}']`,
    message: {
      einsum: "tf.einsum has a gradient only where @fovea/engine registered one; use matMul and reshape.",
      multinomial: "tf.multinomial is seeded differently on every engine; draw from a `Rng`.",
      layers: "tfjs-layers is not part of any package here, and tf.layers.dropout repeats its mask.",
    }[name],
  })),
  tfRandom: {
    selector: "MemberExpression[object.name='tf'][property.name=/^(random|truncatedNormal$|dropout$)/]",
    message: "Draw from a `Rng` (ctx.rng): tfjs's generators differ between engines.",
  },
  engine: {
    selector: "MemberExpression[object.name='tf'][property.name='setBackend']",
    message: "Only @fovea/engine picks an engine.",
  },
  defaultExport: { selector: "ExportDefaultDeclaration", message: "Export by name." },
};

export default defineConfig(
  globalIgnores(["**/dist/", "**/.turbo/", ".cache/", "runs/", "coverage/", "tools/consumer/project/"]),
  tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-restricted-syntax": ["error", banned.random, ...banned.ops, banned.defaultExport],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-non-null-assertion": "off", // noUncheckedIndexedAccess asks for them in loops
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"],
    ignores: ["packages/engine/src/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...[banned.random, ...banned.ops, banned.tfRandom, banned.engine, banned.defaultExport],
      ],
    },
  },
  {
    files: ["**/*.config.ts"],
    rules: { "no-restricted-syntax": ["error", banned.random] },
  },
);
