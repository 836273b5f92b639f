import type { Rng } from "@fovea/nn";

/** How much renderings of one drawing may differ. Everything is drawn uniformly. */
export interface Variation {
  /** Turned by up to this many degrees, either way. */
  readonly rotation: number;
  /** Tilted away from the viewer by up to this many degrees, about any axis in its plane. */
  readonly tilt: number;
  /** Side of the drawing, as a fraction of the image's side: from … to. */
  readonly scale: readonly [number, number];
  /** Its centre goes up to this fraction of the way to where the drawing would touch the border. */
  readonly shift: number;
  /** Every colour channel of the drawing is multiplied by a number in 1 − light … 1 + light. */
  readonly light: number;
  /** The image is softened by a Gaussian of up to this many pixels. */
  readonly blur: number;
  /** The background. `photo`: a piece of the Earth seen from orbit; `white`: nothing. */
  readonly background: "photo" | "white";
}

/** One rendering's choices. */
export interface Pose {
  /**
   * From the image to the drawing, both with the origin in the centre and a side of 1: u = ux·x + uy·y + u0, v
   * likewise.
   */
  readonly ux: number;
  readonly uy: number;
  readonly u0: number;
  readonly vx: number;
  readonly vy: number;
  readonly v0: number;
  /** Factor of each colour channel. */
  readonly gain: readonly [red: number, green: number, blue: number];
  /** Standard deviation of the Gaussian blur, in pixels. */
  readonly blur: number;
  /** The photo and the piece of it, each in [0, 1). */
  readonly backdrop: { readonly photo: number; readonly left: number; readonly top: number; readonly zoom: number };
}

/** A pose within `variation`. */
export function drawPose(rng: Rng, { rotation, tilt, scale, shift, light, blur }: Variation): Pose {
  const draw = (name: string, low: number, high: number) => rng.split(name).uniform(1, low, high)[0]!;
  const side = draw("scale", ...scale);
  const room = ((1 - side) / 2) * shift;
  const [cx, cy] = [draw("right", -room, room), draw("down", -room, room)];
  const { ux, uy, vx, vy } = inverse(
    side,
    draw("rotation", -rotation, rotation),
    draw("tilt", 0, tilt),
    draw("axis", 0, 180),
  );
  return {
    ...{ ux, uy, u0: -(ux * cx + uy * cy) },
    ...{ vx, vy, v0: -(vx * cx + vy * cy) },
    gain: [draw("red", 1 - light, 1 + light), draw("green", 1 - light, 1 + light), draw("blue", 1 - light, 1 + light)],
    blur: draw("blur", 0, blur),
    backdrop: {
      photo: draw("photo", 0, 1),
      left: draw("left", 0, 1),
      top: draw("top", 0, 1),
      zoom: draw("zoom", 0, 1),
    },
  };
}

/** Side of a square as large as the drawing is in the image, as a fraction of the image's side. */
export const sideOf = ({ ux, uy, vx, vy }: Pose): number => 1 / Math.sqrt(ux * vy - uy * vx);

/**
 * What undoes scaling by `side`, turning by `rotation` and tilting by `tilt` about the line perpendicular to n = (cos
 * axis, sin axis):
 *
 *     R(-rotation) · (I + (1 / cos tilt - 1) n nᵀ) / side
 */
function inverse(side: number, rotation: number, tilt: number, axis: number) {
  const radians = Math.PI / 180;
  const stretch = 1 / Math.cos(tilt * radians) - 1;
  const [nx, ny] = [Math.cos(axis * radians), Math.sin(axis * radians)];
  const [a, b, d] = [1 + stretch * nx * nx, stretch * nx * ny, 1 + stretch * ny * ny];
  const [cos, sin] = [Math.cos(rotation * radians) / side, Math.sin(rotation * radians) / side];
  return { ux: cos * a + sin * b, uy: cos * b + sin * d, vx: cos * b - sin * a, vy: cos * d - sin * b };
}
