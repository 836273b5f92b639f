import type { Region, Rng } from "@fovea/nn";
import { earthPhotos } from "../rendering/backgrounds.js";
import { reductions, type Reduced } from "./halved.js";
import type { Ground } from "./layers.js";

/** The last level that quilts are painted at. */
export const COARSEST = 5;

/** Everything lies on multiples of this, so that a pixel of any level is made of whole pixels of the photographs. */
const ALIGN = 2 ** COARSEST;
/** Side of a piece, and the width in which it passes into its neighbour, half on either side. */
const CELL = 256;
const FEATHER = 64;
const SIDE = CELL + FEATHER;
/** Every colour channel of a piece is multiplied by 1 ± this. */
const LIGHT = 0.1;
/** Number of pieces of which the liveliest is taken, since most of the Earth is sea. */
const CANDIDATES = 4;
const CONTRAST_LEVEL = 3;

let photos: Promise<readonly (readonly Reduced[])[]> | undefined;

/** The Earth from orbit, and its reductions. */
const reducedPhotos = () =>
  (photos ??= earthPhotos().then((photos) => photos.map((photo) => reductions(photo, COARSEST))));

/**
 * Square pieces of photographs of the Earth, pixel for pixel, each turned, mirrored and tinted on its own, and passing
 * into the next without a seam: as fine everywhere as the photographs are, and without end.
 */
export async function quilt(random: Rng): Promise<Ground> {
  const photos = await reducedPhotos();
  // no cell is before 0
  const shift = (axis: string) => -FEATHER - ALIGN * random.split("shift", axis).integer(CELL / ALIGN);
  const origin = { left: shift("left"), top: shift("top") };
  const pieces = new Map<string, Piece>();
  const pieceAt = (column: number, row: number) => {
    const key = `${column}/${row}`;
    const piece = pieces.get(key) ?? drawPiece(random.split("piece", column, row), photos);
    pieces.set(key, piece);
    return piece;
  };
  return (level, region) => {
    const sums = new Float32Array(region.width * region.height * 3);
    const rows = spans(origin.top, level, region.top, region.height);
    for (const column of spans(origin.left, level, region.left, region.width))
      for (const row of rows) add(sums, region, level, pieceAt(column.cell, row.cell), column, row);
    const data = new Uint8Array(sums.length);
    for (let i = 0; i < data.length; i++) data[i] = Math.min(255, sums[i]! + 0.5);
    return data;
  };
}

/** The part of one axis of a region that a row or column of cells covers. */
interface Span {
  readonly cell: number;
  /** In pixels of the region, and the same in pixels of the piece. */
  readonly first: number;
  readonly inPiece: number;
  /** Share of the cell in each of them: those of all cells sum to 1. */
  readonly weights: Float32Array;
}

function spans(origin: number, level: number, start: number, length: number): Span[] {
  const step = 2 ** level;
  const spans: Span[] = [];
  const before = Math.floor((start * step - origin - FEATHER / 2) / CELL);
  for (let cell = before; origin + cell * CELL - FEATHER / 2 < (start + length) * step; cell++) {
    const piece = (origin + cell * CELL - FEATHER / 2) / step;
    const [first, end] = [Math.max(start, piece), Math.min(start + length, piece + SIDE / step)];
    const weights = Float32Array.from({ length: Math.max(0, end - first) }, (_, i) => {
      const middle = (first + i + 0.5 - piece) * step;
      return Math.min(1, middle / FEATHER, (SIDE - middle) / FEATHER);
    });
    spans.push({ cell, first: first - start, inPiece: first - piece, weights });
  }
  return spans;
}

/** A square of `SIDE` pixels of a photograph. */
interface Piece {
  readonly photo: readonly Reduced[];
  readonly left: number;
  readonly top: number;
  /** Rows become columns; right becomes left; down becomes up. */
  readonly turned: readonly [swap: boolean, flipX: boolean, flipY: boolean];
  readonly gain: Float32Array;
}

function drawPiece(random: Rng, photos: readonly (readonly Reduced[])[]): Piece {
  const candidates = Array.from({ length: CANDIDATES }, (_, i) => {
    const draw = (name: string, bound: number) => random.split(i, name).integer(bound);
    const photo = photos[draw("photo", photos.length)]!;
    const place = (name: string, length: number) => ALIGN * draw(name, Math.floor((length - SIDE) / ALIGN) + 1);
    const turn = draw("turn", 8);
    return {
      photo,
      left: place("left", photo[0]!.width),
      top: place("top", photo[0]!.height),
      turned: [turn % 2 === 1, turn % 4 > 1, turn > 3] as const,
      gain: random.split(i, "gain").uniform(3, 1 - LIGHT, 1 + LIGHT),
    };
  });
  return candidates.reduce((best, piece) => (contrast(piece) > contrast(best) ? piece : best));
}

/** How much the green of a piece changes from one pixel to the one beside it, as seen from further away. */
function contrast({ photo, left, top }: Piece): number {
  const step = 2 ** CONTRAST_LEVEL;
  const { width, data } = photo[CONTRAST_LEVEL]!;
  const side = SIDE / step;
  let sum = 0;
  for (let row = 0; row < side; row++)
    for (let column = 1; column < side; column++) {
      const at = 3 * ((top / step + row) * width + left / step + column) + 1;
      sum += Math.abs(data[at]! - data[at - 3]!);
    }
  return sum;
}

/** sums += weight · gain · piece, where the piece lies in the region. */
function add(sums: Float32Array, region: Region, level: number, piece: Piece, across: Span, down: Span): void {
  const step = 2 ** level;
  const { width, data } = piece.photo[level]!;
  const [swap, flipX, flipY] = piece.turned;
  const last = SIDE / step - 1;
  const corner = (piece.top / step + (flipY ? last : 0)) * width + piece.left / step + (flipX ? last : 0);
  const [dx, dy] = [flipX ? -3 : 3, (flipY ? -3 : 3) * width];
  const [right, below] = swap ? [dy, dx] : [dx, dy];
  const [red, green, blue] = piece.gain as unknown as readonly [number, number, number];
  for (let row = 0; row < down.weights.length; row++) {
    let from = 3 * corner + (down.inPiece + row) * below + across.inPiece * right;
    let to = ((down.first + row) * region.width + across.first) * 3;
    for (let column = 0; column < across.weights.length; column++, from += right, to += 3) {
      const weight = down.weights[row]! * across.weights[column]!;
      sums[to]! += weight * red * data[from]!;
      sums[to + 1]! += weight * green * data[from + 1]!;
      sums[to + 2]! += weight * blue * data[from + 2]!;
    }
  }
}
