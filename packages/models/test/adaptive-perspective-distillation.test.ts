import { convNet } from "@fovea/backbones";
import {
  adaptiveKL,
  channelDistillation,
  classPrototypes,
  intraClassDistillation,
  pairwiseDistillation,
  pixelCrossEntropy,
  pixelDistillation,
  prototypeAlignment,
  prototypeCrossEntropy,
} from "@fovea/losses";
import { countParams, inferenceContext, valueAndGradients, weightsOf, type Weights } from "@fovea/nn";
import { assertClose, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { fcnDecoder, segmenter, type Segmenter } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adaptivePerspectiveDistillation, type DistillationConfig } from "../src/index.js";
import { CELLS, CLASSES, images, labelMaps, largest, makeStudent, makeTeacher, SIDE, step } from "./distillation-support.js"; // prettier-ignore

beforeEach(() => tf.engine().startScope());
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const both = () => [makeTeacher(), makeStudent({ auxiliary: "stage1" })] as const;

/** A(x) by the names of its weights. */
function projected(x: tf.Tensor4D, params: Weights, of: "student" | "teacher"): tf.Tensor4D {
  const conv = (x: tf.Tensor4D, name: string) =>
    tf.add<tf.Tensor4D>(
      tf.conv2d(x, params[`projection.${of}.${name}.weight`] as unknown as tf.Tensor4D, 1, "valid"),
      params[`projection.${of}.${name}.bias`]!,
    );
  return conv(tf.relu(conv(x, "conv1")), "conv2");
}

/** Every term, put together from the pure losses. */
function byHand(
  teacher: Segmenter,
  student: Segmenter,
  params: Weights,
  labels: tf.Tensor3D,
  config: DistillationConfig,
) {
  const { temperature = 1, scale = 10, scope = "image", reduction = "element", absent = "zero", ignore = 255 } = config;
  const seen = student.forward(images(), step());
  const taught = teacher.forward(images(), inferenceContext());
  const pixels = (of: Segmenter, map: tf.Tensor4D) => of.upsample(map, [SIDE, SIDE]);
  const options = { classes: CLASSES, scope, ignore };
  const p = classPrototypes(projected(seen.features, params, "student"), labels, options);
  const q = classPrototypes(projected(taught.features, params, "teacher"), labels, options);
  const kl = { reduction, ignore, ...(config.ignoreInKL && { labels }) };
  return {
    crossEntropy: pixelCrossEntropy(pixels(student, seen.logits), labels, { ignore }),
    auxiliary: pixelCrossEntropy(pixels(student, seen.auxiliary!), labels, { ignore }),
    pixel: pixelDistillation(pixels(student, seen.logits), pixels(teacher, taught.logits), { temperature, ...kl }),
    adaptive: adaptiveKL(p, q, { scale, ...kl }),
    alignment: prototypeAlignment(p, q),
    projection: prototypeCrossEntropy(q, labels, { scale, absent, ignore }),
    channel: channelDistillation(seen.logits, taught.logits, { temperature: config.channelTemperature ?? 4 }),
    pairwise: pairwiseDistillation(seen.features, taught.features),
    intraClass: intraClassDistillation(seen.features, taught.features, labels, options),
  };
}

const all = { channel: 3, pairwise: 1, intraClass: 200 };
const configs: readonly DistillationConfig[] = [
  { weights: all },
  { weights: { ...all, crossEntropy: 2, auxiliary: 0.5, pixel: 3, adaptive: 4, alignment: 5, projection: 6 } },
  { weights: all, scope: "batch", reduction: "pixel", absent: "mask", ignoreInKL: true },
  { weights: all, temperature: 2, scale: 3, channelTemperature: 1, ignore: 9, ignoreInKL: true, dim: 4, seed: 2 },
];
const DEFAULTS = { crossEntropy: 1, auxiliary: 0.4, pixel: 10, adaptive: 10, alignment: 10, projection: 1 };

describe("adaptivePerspectiveDistillation", () => {
  it.each(configs)("is the weighted sum of the pure losses: %j", (config) => {
    const [teacher, student] = both();
    const apd = adaptivePerspectiveDistillation(teacher, student, config);
    const labels = labelMaps(2, config.ignore ?? 255);
    const { total, terms } = apd.loss(images(), labels, step());
    const expected = byHand(teacher, student, apd.params, labels, config);
    expect(Object.keys(terms)).toEqual(Object.keys(expected));
    const weights: Readonly<Record<string, number>> = { ...DEFAULTS, ...config.weights };
    let sum = 0;
    for (const [name, value] of Object.entries(expected)) {
      assertClose(terms[name]!, value);
      expect(value.dataSync()[0], name).toBeGreaterThan(0);
      sum += weights[name]! * value.dataSync()[0]!;
    }
    assertClose(total, sum);
  });

  it("lets no gradient reach the teacher, and only its own term the teacher's projection", () => {
    const [teacher, student] = both();
    const apd = adaptivePerspectiveDistillation(teacher, student, { weights: all });
    const input = tf.variable(images()) as tf.Variable<tf.Rank.R4>;
    const everything = { ...Object.fromEntries(Object.entries(teacher.params).map(([name, param]) => [`teacher ${name}`, param])), ...apd.params, images: input }; // prettier-ignore
    const reached = (what: "projection" | "rest") => {
      const { gradients } = valueAndGradients(everything, () => {
        const { total, terms } = apd.loss(input, labelMaps(), step());
        return what === "projection" ? terms["projection"]! : tf.sub(total, terms["projection"]!);
      });
      return Object.keys(everything).filter((name) => largest(gradients[name]) > 0);
    };
    const names = Object.keys(apd.params);
    const isTeachers = (name: string) => name.startsWith("projection.teacher.");
    expect(reached("projection")).toEqual(names.filter(isTeachers));
    expect(reached("rest")).toEqual([...names.filter((name) => !isTeachers(name)), "images"]);
    expect(Object.keys(teacher.params).some((name) => teacher.params[name] === apd.params[name])).toBe(false);
  });

  it("keeps nothing that the teacher computes for a gradient", () => {
    const student = makeStudent();
    const recorded = (teacher: Segmenter) => {
      const apd = adaptivePerspectiveDistillation(teacher, student);
      let operations = 0;
      valueAndGradients(apd.params, () => {
        const { total } = apd.loss(images(), labelMaps(), step());
        operations = tf.engine().state.activeTape!.length;
        return total;
      });
      return operations;
    };
    const shallow = segmenter(convNet({ channels: [8, 8] }), fcnDecoder({ in: 8, dim: 7 }), { classes: CLASSES });
    expect(recorded(makeTeacher())).toBe(recorded(shallow)); // which has half as many
  });

  it("asks nothing of a student that is its teacher", () => {
    const [teacher, student] = [makeStudent(), makeStudent()];
    const apd = adaptivePerspectiveDistillation(teacher, student, { weights: { crossEntropy: 0, projection: 0, ...all } }); // prettier-ignore
    for (const [name, param] of Object.entries(apd.params))
      if (name.startsWith("projection.student.")) param.assign(apd.params[name.replace("student", "teacher")]!);
    const { gradients } = valueAndGradients(apd.params, () => {
      const { total, terms } = apd.loss(images(), labelMaps(), inferenceContext());
      for (const [name, value] of Object.entries(terms))
        expect(Math.abs(value.dataSync()[0]!), name).toBeLessThan(1e-6);
      return total;
    });
    expect(Object.keys(gradients).length).toBeGreaterThan(Object.keys(student.params).length);
    for (const [name, gradient] of Object.entries(gradients)) expect(largest(gradient), name).toBeLessThan(1e-5);
  });

  it("has the params of the student under their names, and those of the projections", () => {
    const [teacher, student] = both();
    const apd = adaptivePerspectiveDistillation(teacher, student);
    const added = ["student", "teacher"].flatMap((of) =>
      ["conv1", "conv2"].flatMap((conv) => ["weight", "bias"].map((kind) => `projection.${of}.${conv}.${kind}`)),
    );
    expect(Object.keys(apd.params)).toEqual([...Object.keys(student.params), ...added]);
    expect(apd.buffers).toEqual(student.buffers);
    expect(countParams(apd) - countParams(student)).toBe(5 * 7 + 7 + 3 * (7 * 7 + 7)); // to the teacher's 7 channels
    const plain = makeStudent({ auxiliary: "stage1" });
    expect(Object.keys(weightsOf(apd.student))).toEqual(Object.keys(weightsOf(plain)));
    const { numTensors } = tf.memory();
    apd.dispose();
    apd.dispose(); // again: nothing happens
    expect(tf.memory().numTensors).toBe(numTensors - 8);
    expect(student.forward(images(), inferenceContext()).logits.shape).toEqual([2, CELLS, CELLS, CLASSES]);
  });

  it.each([
    ["pixels alone", { adaptive: 0, alignment: 0 }, ["crossEntropy", "auxiliary", "pixel"], 0, 1],
    ["labels alone", { pixel: 0, adaptive: 0, alignment: 0 }, ["crossEntropy", "auxiliary"], 0, 0],
    ["no alignment", { alignment: 0 }, ["crossEntropy", "auxiliary", "pixel", "adaptive", "projection"], 8, 1],
    ["CWD", { pixel: 0, adaptive: 0, alignment: 0, channel: 3 }, ["crossEntropy", "auxiliary", "channel"], 0, 1],
  ] as const)("leaves terms out: %s", (_, weights, names, added, runs) => {
    const [teacher, student] = both();
    let calls = 0;
    const counted: Segmenter = { ...teacher, forward: (...args) => (calls++, teacher.forward(...args)) };
    const apd = adaptivePerspectiveDistillation(counted, student, { weights });
    expect(Object.keys(apd.loss(images(), labelMaps(), step()).terms)).toEqual(names);
    expect(Object.keys(apd.params)).toHaveLength(Object.keys(student.params).length + added);
    expect(calls).toBe(runs);
  });

  it("has no auxiliary term of a student without an auxiliary head", () => {
    const apd = adaptivePerspectiveDistillation(makeTeacher(), makeStudent());
    const { total, terms } = apd.loss(images(), labelMaps(), step());
    expect(Object.keys(terms)).not.toContain("auxiliary");
    expect(Number.isFinite(total.dataSync()[0])).toBe(true);
  });

  it("is 0 of images that nobody labelled, but for what needs no labels", () => {
    const apd = adaptivePerspectiveDistillation(...both());
    const nothing = tf.fill<tf.Rank.R3>([2, SIDE, SIDE], 255, "int32");
    const { terms } = apd.loss(images(), nothing, step());
    const values = Object.fromEntries(
      Object.entries(terms).map(([name, value]) => [name, Math.abs(value.dataSync()[0]!)]),
    );
    const { pixel, ...others } = values;
    expect(pixel).toBeGreaterThan(0);
    expect(others).toEqual({ crossEntropy: 0, auxiliary: 0, adaptive: 0, alignment: 0, projection: 0 });
    const { gradients } = valueAndGradients(apd.params, () => apd.loss(images(), nothing, step()).total);
    for (const [name, gradient] of Object.entries(gradients)) expect(largest(gradient), name).toBeLessThan(Infinity);
  });

  it("resizes a teacher's map of another size, if it is told to", () => {
    const [teacher, student] = [makeTeacher({}, [4, 5, 8]), makeStudent()]; // stride 8: 3 × 3 cells
    const refused = adaptivePerspectiveDistillation(teacher, student);
    expect(() => refused.loss(images(), labelMaps(), step())).toThrow(
      "adaptivePerspectiveDistillation: expected a teacher whose map is as large as the student's, 5 × 5 cells, got 3 × 3: " +
        'use networks of the same stride, or `teacherMaps: "resize"`.',
    );
    const weights = { adaptive: 0, alignment: 0 };
    const pixels = adaptivePerspectiveDistillation(teacher, student, { weights }); // compares pixels of the images
    expect(pixels.loss(images(), labelMaps(), step()).terms["pixel"]!.dataSync()[0]).toBeGreaterThan(0);
    const apd = adaptivePerspectiveDistillation(teacher, student, { teacherMaps: "resize", weights: all });
    const { terms } = apd.loss(images(), labelMaps(), step());
    const taught = teacher.forward(images(), inferenceContext());
    const [features, logits] = [taught.features, taught.logits].map((map) => upsampledTwice(map));
    const seen = student.forward(images(), step());
    assertClose(terms["pairwise"]!, pairwiseDistillation(seen.features, features!));
    assertClose(terms["channel"]!, channelDistillation(seen.logits, logits!));
    const prototypes = (map: tf.Tensor4D, of: "student" | "teacher") =>
      classPrototypes(projected(map, apd.params, of), labelMaps(), { classes: CLASSES });
    const [p, q] = [prototypes(seen.features, "student"), prototypes(features!, "teacher")];
    assertClose(terms["adaptive"]!, adaptiveKL(p, q));
    assertClose(terms["projection"]!, prototypeCrossEntropy(q, labelMaps()));
  });

  it("resizes no map that is padded further than the student's", () => {
    const apd = adaptivePerspectiveDistillation(makeTeacher({ padding: "zeros" }, [4, 5, 8]), makeStudent(), { teacherMaps: "resize" }); // prettier-ignore
    const labels = tf.zeros<tf.Rank.R3>([2, 21, 17], "int32");
    expect(() => apd.loss(randomTensor<tf.Tensor4D>([2, 21, 17, 3], 1), labels, step())).toThrow(
      "adaptivePerspectiveDistillation: expected images whose sides fit both strides, since the teacher's map of 4 × 3 " +
        "cells of 8 pixels does not end where the student's of 6 × 5 cells of 4 does: cut them to a fitting size",
    );
  });

  it("refuses what cannot be", () => {
    const [teacher, student] = both();
    const make = (config: DistillationConfig) => () => adaptivePerspectiveDistillation(teacher, student, config);
    expect(() => adaptivePerspectiveDistillation(makeTeacher({ classes: 4 }), student)).toThrow(
      "adaptivePerspectiveDistillation: expected a teacher of the student's 3 classes, got one of 4.",
    );
    expect(make({ weights: { pixel: -1 } })).toThrow("expected `weights.pixel` ≥ 0, got -1.");
    expect(make({ weights: { pixels: 1 } as object })).toThrow(
      "adaptivePerspectiveDistillation: `weights` has no `pixels`; there are crossEntropy, auxiliary, pixel",
    );
    expect(make({ weights: { crossEntropy: 0, auxiliary: 0, pixel: 0, adaptive: 0, alignment: 0 } })).toThrow(
      "adaptivePerspectiveDistillation: expected at least one of `weights` above 0, got none.",
    );
    expect(make({ temperature: 0 })).toThrow("adaptivePerspectiveDistillation: expected `temperature` > 0, got 0.");
    expect(make({ scope: "images" as "image" })).toThrow("`scope` must be one of image, batch, got images.");
    expect(make({ teacherMaps: "crop" as "same" })).toThrow("`teacherMaps` must be one of same, resize, got crop.");
    expect(make({ dim: 0 })).toThrow("`dim` must be a whole number of at least 1, got 0.");
    const apd = adaptivePerspectiveDistillation(teacher, student);
    expect(() => apd.loss(images(), tf.zeros([2, 16, 17], "int32"), step())).toThrow(
      /adaptivePerspectiveDistillation: expected `labels` of shape .* height=17 from `images`.* got \[2, 16, 17\]\./,
    );
    expect(() => apd.loss(images(), tf.fill([2, SIDE, SIDE], 3, "int32"), step())).toThrow("got 3 in image 0 at row 0");
    const padded = adaptivePerspectiveDistillation(
      makeTeacher({ padding: "zeros" }),
      makeStudent({ padding: "zeros" }),
    );
    const odd = randomTensor<tf.Tensor4D>([2, 18, 17, 3], 1);
    expect(() => padded.loss(odd, tf.zeros([2, 18, 17], "int32"), step())).toThrow(
      "expected images whose sides fit the stride of 4, got 18 × 17, which the student pads",
    );
  });

  it("leaves nothing behind", () => {
    const apd = adaptivePerspectiveDistillation(...both());
    const [x, y] = [images(), labelMaps()];
    assertNoLeak(() => {
      const { total, terms } = apd.loss(x, y, step());
      return [total, ...Object.values(terms)];
    });
    assertNoLeak(() => {
      const { value, gradients } = valueAndGradients(apd.params, () => apd.loss(x, y, step()).total);
      return [value, ...Object.values(gradients)];
    });
  });
});

/** Bilinear with corners on corners: 3 cells become 5, each second one the mean of its neighbours. */
function upsampledTwice(map: tf.Tensor4D): tf.Tensor4D {
  const between = (x: tf.Tensor4D, axis: 1 | 2) => {
    const rows = tf.unstack(x, axis) as tf.Tensor3D[];
    const all = rows.flatMap((row, i) => (i === 0 ? [row] : [tf.div(tf.add(rows[i - 1]!, row), 2), row]));
    return tf.stack(all, axis) as tf.Tensor4D;
  };
  return between(between(map, 1), 2);
}
