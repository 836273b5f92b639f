import type { LabelMap } from "@fovea/data";

/** A label map of two classes whose pixels with one of another class at most `distance` pixels away are ignored. */
export function withoutCoast({ width, height, data }: LabelMap, distance: number, ignore: number): LabelMap {
  const out = data.slice();
  const offsets = Array.from({ length: 2 * distance + 1 }, (_, i) => i - distance);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      const isOther = (dx: number, dy: number) => {
        const [column, row] = [x + dx, y + dy];
        return column >= 0 && row >= 0 && column < width && row < height && data[row * width + column] !== data[at];
      };
      if (offsets.some((dy) => offsets.some((dx) => isOther(dx, dy)))) out[at] = ignore;
    }
  return { width, height, data: out };
}
