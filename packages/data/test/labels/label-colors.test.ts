import { describe, expect, it } from "vitest";
import { colorsOfLabels, labelsOfColors, vocColors } from "../../src/index.js";
import { randomLabels } from "./label-files.js";

describe("vocColors", () => {
  it("is the table of PASCAL VOC", () => {
    // the colours that the development kit prints for background, aeroplane … tvmonitor, and void
    const named = { 0: [0, 0, 0], 1: [128, 0, 0], 2: [0, 128, 0], 4: [0, 0, 128], 8: [64, 0, 0], 15: [192, 128, 128] };
    for (const [id, color] of Object.entries(named)) expect(vocColors[Number(id)]).toEqual(color);
    expect([vocColors[20], vocColors[255]]).toEqual([
      [0, 64, 128],
      [224, 224, 192],
    ]);
    expect(new Set(vocColors.map(String)).size).toBe(256);
  });
});

describe("labelsOfColors", () => {
  it("is the inverse of colorsOfLabels", () => {
    const labels = randomLabels(13, 7, 256);
    expect(labelsOfColors(colorsOfLabels(labels), vocColors, { ignore: 255 })).toEqual(labels);
    const many = { ...labels, data: Uint16Array.from(labels.data) };
    expect(labelsOfColors(colorsOfLabels(labels), vocColors, { ignore: 65535 })).toEqual(many);
  });

  it("gives ignored colours their id", () => {
    const mask = colorsOfLabels({ width: 3, height: 1, data: Uint8Array.of(0, 255, 1) });
    expect([...labelsOfColors(mask, vocColors.slice(0, 2), { ignored: [[224, 224, 192]] }).data]).toEqual([0, 255, 1]);
  });

  it("refuses an id of ignored pixels that a label map cannot hold", () => {
    const mask = colorsOfLabels({ width: 1, height: 1, data: Uint8Array.of(0) });
    expect(() => labelsOfColors(mask, [], { ignored: [[0, 0, 0]], ignore: -1 })).toThrow(
      "labelsOfColors: expected `ignore` to be an id of 0 … 65535, which label maps of 16 bits hold, got -1.",
    );
  });

  it("names a colour that no class has, and its place", () => {
    const mask = colorsOfLabels({ width: 2, height: 2, data: Uint8Array.of(0, 1, 0, 2) });
    expect(() => labelsOfColors(mask, vocColors.slice(0, 2))).toThrow(
      "labelsOfColors: expected only the colours of `colors` and `ignored`, got (0, 128, 0) at column 1, row 1.",
    );
  });
});
