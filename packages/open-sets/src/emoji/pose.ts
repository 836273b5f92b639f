import type { Rng } from "@fovea/nn";

/** How far renderings of one drawing may differ. Everything is drawn uniformly. */
export interface Variation {
  /** Turned by up to this many degrees, either way. */
  readonly rotation: number;
  /** Tilted away from the viewer by up to this many degrees, about any axis in its plane. */
  readonly tilt: number;
  /** Side of the drawing, as a fraction of the picture's side: from … to. */
  readonly scale: readonly [number, number];
  /** Its centre goes up to this fraction of the way to where the drawing would touch the border. */
  readonly shift: number;
  /** Every colour channel of the drawing is multiplied by a number in 1 − light … 1 + light. */
  readonly light: number;
  /** What is behind it. `photo`: a piece of the Earth seen from orbit; `white`: nothing. */
  readonly background: "photo" | "white";
}

/** One rendering's choices. */
export interface Pose {
  /** From the picture to the drawing, both with the origin in the centre and a side of 1: u = xx·x + xy·y + x0, … */
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
  /** Factor of each colour channel. */
  readonly gain: readonly [number, number, number];
  /** Which piece of which photo, each in [0, 1). */
  readonly backdrop: { readonly photo: number; readonly left: number; readonly top: number; readonly span: number };
}

/** A pose within `variation`. */
export function drawPose(rng: Rng, variation: Variation): Pose {
  const { rotation, tilt, scale, shift, light } = variation;
  const radians = Math.PI / 180;
  const [turn, lean, axis, size, right, down] = rng.split("pose").uniform(6) as unknown as Six;
  const angle = (2 * turn - 1) * rotation * radians;
  const across = axis * Math.PI; // the axis of the tilt
  const squeeze = 1 / Math.cos(lean * tilt * radians) - 1;
  const side = scale[0] + size * (scale[1] - scale[0]);
  // drawing ← picture: undo the scale and the tilt, (I + squeeze · n nᵀ) / side, then the rotation
  const [nx, ny] = [Math.cos(across), Math.sin(across)];
  const [a, b, d] = [1 + squeeze * nx * nx, squeeze * nx * ny, 1 + squeeze * ny * ny];
  const [cos, sin] = [Math.cos(angle) / side, Math.sin(angle) / side];
  const linear = { xx: cos * a + sin * b, xy: cos * b + sin * d, yx: cos * b - sin * a, yy: cos * d - sin * b };
  const room = (1 - side) * shift;
  const [cx, cy] = [(right - 0.5) * room, (down - 0.5) * room];
  const gain = rng.split("light").uniform(3, 1 - light, 1 + light) as unknown as Pose["gain"];
  const [photo, left, top, span] = rng.split("backdrop").uniform(4) as unknown as Six;
  return {
    ...linear,
    x0: -(linear.xx * cx + linear.xy * cy),
    y0: -(linear.yx * cx + linear.yy * cy),
    gain,
    backdrop: { photo, left, top, span },
  };
}

type Six = readonly [number, number, number, number, number, number];
