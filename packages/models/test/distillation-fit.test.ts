import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inferenceContext, loadWeights, valueAndGradients, weightsOf, type Module } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import {
  adamW,
  constant,
  fit,
  paramGroups,
  poly,
  sgd,
  updateParams,
  type FitOptions,
  type Optimizer,
  type Slots,
  type StepEvent,
} from "@fovea/train";
import { checkpointFolder, lastCheckpoint, loadCheckpoint } from "@fovea/train/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { adaptivePerspectiveDistillation, type AdaptivePerspectiveDistillation } from "../src/index.js";
import { images, labelMaps, makeStudent, makeTeacher, step } from "./distillation-support.js";

beforeEach(() => tf.engine().startScope());
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const PROJECTION = "projection.teacher.";
const ofStudent = () => sgd({ momentum: 0.9, weightDecay: 1e-4 });
const ofProjection = () => adamW({ beta2: 0.99, weightDecay: 0 });
const grouped = (): Optimizer => paramGroups(ofStudent(), { [PROJECTION]: { optimizer: ofProjection() } });

const make = (teacher = makeTeacher()) =>
  adaptivePerspectiveDistillation(teacher, makeStudent({ auxiliary: "stage1" }));

const numbersOf = (module: Pick<Module, "params" | "buffers">) =>
  Object.fromEntries(Object.entries(weightsOf(module)).map(([name, weight]) => [name, Array.from(weight.dataSync())]));

type Batch = { readonly x: tf.Tensor4D; readonly y: tf.Tensor3D };

const options = (apd: AdaptivePerspectiveDistillation): FitOptions<Batch> => ({
  module: apd,
  loss: ({ x, y }, ctx) => apd.loss(x, y, ctx),
  batches: { stepsPerEpoch: 4, batch: (b) => Promise.resolve({ x: images(b), y: labelMaps() }) },
  optimizer: grouped(),
  schedule: { learningRate: poly({ learningRate: 0.02, power: 0.9 }), [`learningRate/${PROJECTION}`]: constant(1e-3) },
  steps: 8,
  seed: 3,
});

describe("a step of adaptivePerspectiveDistillation", () => {
  it.each([
    ["the projection first, as the authors' code", [true, false]],
    ["the student first", [false, true]],
  ] as const)("is two steps of two optimizers on the terms of each, to the bit: %s", (_, order) => {
    const [apd, two] = [make(), make()];
    const [rates, slots] = [[tf.scalar(0.02), tf.scalar(1e-3)] as const, {} as Record<string, Slots>];
    const own = [{}, {}] as [Record<string, Slots>, Record<string, Slots>];
    for (let number = 0; number < 3; number++) {
      const both = valueAndGradients(apd.params, () => apd.loss(images(number), labelMaps(), step(number)).total);
      updateParams(grouped(), apd.params, slots, both.gradients, { learningRate: rates[0], scheduled: { [`learningRate/${PROJECTION}`]: rates[1] } }); // prettier-ignore
      const buffers = Object.values(two.buffers).map((buffer) => buffer.clone());
      const gradientsOf = (isProjection: boolean) => {
        Object.values(two.buffers).forEach((buffer, i) => buffer.assign(buffers[i]!)); // a forward pass updates them
        const { gradients } = valueAndGradients(two.params, () => {
          const { total, terms } = two.loss(images(number), labelMaps(), step(number));
          return isProjection ? terms["projection"]! : tf.sub(total, terms["projection"]!);
        });
        return Object.fromEntries(Object.entries(gradients).filter(([name]) => name.startsWith(PROJECTION) === isProjection)); // prettier-ignore
      };
      // both at the weights before either step
      const found = order.map((isProjection) => [isProjection, gradientsOf(isProjection)] as const);
      for (const [isProjection, gradients] of found)
        updateParams(isProjection ? ofProjection() : ofStudent(), two.params, own[isProjection ? 1 : 0], gradients, { learningRate: rates[isProjection ? 1 : 0] }); // prettier-ignore
    }
    expect(Object.keys(slots[`${PROJECTION}conv1.weight`]!)).toEqual(["mean", "variance", "count"]);
    expect(Object.keys(slots["projection.student.conv1.weight"]!)).toEqual(["momentum"]);
    expect(numbersOf(apd)).toEqual(numbersOf(two));
    expect(numbersOf(apd)).not.toEqual(numbersOf(make()));
  });

  it("changes nothing of the teacher, and lowers what it minimizes", async () => {
    const teacher = makeTeacher();
    const before = numbersOf(teacher);
    const apd = make(teacher);
    const history = await fit({ ...options(apd), steps: 20 });
    expect(numbersOf(teacher)).toEqual(before);
    const { loss } = history.steps as { readonly loss: number[] };
    const mean = (part: number[]) => part.reduce((sum, x) => sum + x, 0) / part.length;
    expect(mean(loss.slice(-4))).toBeLessThan(0.9 * mean(loss.slice(0, 4)));
    expect(Object.keys(history.steps)).toEqual(expect.arrayContaining(["loss/adaptive", "loss/projection", `learningRate/${PROJECTION}`])); // prettier-ignore
    expect(new Set(history.steps[`learningRate/${PROJECTION}`])).toEqual(new Set([Math.fround(1e-3)]));
  });

  it("is compiled where the engine can, and then the same", async () => {
    const trained = async (compile: boolean | undefined) => {
      const apd = make();
      const callbacks = [{ onStep: ({ eager }: StepEvent) => expect(eager).toBeUndefined() }]; // why not compiled
      const { steps } = await fit({ ...options(apd), steps: 4, callbacks, ...(compile !== undefined && { compile }) });
      return { ...steps, ...numbersOf(apd) };
    };
    const [eager, compiled] = [await trained(false), await trained(undefined)];
    for (const [name, numbers] of Object.entries(eager)) assertClose(compiled[name]!, numbers, 1e-4);
  });

  it("leaves in checkpoints the student under its own names, which loads into one without a teacher", async () => {
    const dir = mkdtempSync(join(tmpdir(), "fovea-apd-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const whole = make();
    await fit(options(whole));
    const checkpoint = () => checkpointFolder({ dir });
    const first = make();
    const stop = { onStep: ({ step }: { step: number }, run: { stop(why: string): void }) => void (step === 4 && run.stop("enough")) }; // prettier-ignore
    await fit({ ...options(first), checkpoint: checkpoint(), callbacks: [stop] });
    const resumed = make();
    await fit({ ...options(resumed), checkpoint: checkpoint(), resume: true });
    expect(numbersOf(resumed)).toEqual(numbersOf(whole)); // slots of both optimizers came back
    const saved = await loadCheckpoint(lastCheckpoint(dir));
    expect(Object.keys(saved.variables)).toEqual(expect.arrayContaining([
      `optimizer.mean.${PROJECTION}conv2.bias`, "optimizer.momentum.projection.student.conv2.bias", "optimizer.momentum.backbone.stage1.conv.weight",
    ])); // prettier-ignore
    const plain = makeStudent({ auxiliary: "stage1" }, 8);
    const rename = (key: string) => (key.startsWith("projection.") ? undefined : key);
    const { loaded } = loadWeights(plain, saved.weights, { rename });
    expect(loaded).toHaveLength(Object.keys(weightsOf(plain)).length);
    saved.dispose();
    expect(numbersOf(resumed.student)).toEqual(numbersOf(plain));
    const logits = (model: typeof plain) => model.forward(images(7), inferenceContext()).logits;
    assertClose(logits(plain), logits(resumed.student), 0);
  });
});
