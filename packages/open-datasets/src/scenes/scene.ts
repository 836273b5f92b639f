import { pyramidSource, type Box, type PyramidLevel, type TileOptions, type TileSource } from "@fovea/data";
import type { Region } from "@fovea/nn";
import { writeTiles, type WriteOptions } from "./write-tiles.js";

/** A large image with a label that small parts of it decide, not painted yet. */
export interface Scene {
  /** Name of the scene, such as "train/17". */
  readonly id: string;
  /** Index into the set's `classes`. */
  readonly label: number;
  /** The design of the needle, which some scenes of a class have in common. */
  readonly group?: string;
  /** Width at full resolution, in pixels. */
  readonly width: number;
  /** Height at full resolution, in pixels. */
  readonly height: number;
  /** Boxes of the signs that decide the label, in pixels at full resolution: for tests and reports, never to train. */
  readonly targets: readonly Box[];
  /**
   * The image, painted where it is read: any part of any scene, without a file and without all of it in memory.
   * Resolutions down to 1/32 are painted from reduced images, not averaged from the full one, which differs at the
   * edges of what is drawn.
   */
  source(options?: TileOptions): Promise<TileSource>;
  /**
   * Writes it as a tiled pyramidal BigTIFF, for `tiledImage`, in bounded memory; beside it, for a while, a file of 3
   * bytes a pixel. `path` is replaced when all is there.
   */
  write(path: string, options?: WriteOptions): Promise<void>;
}

/** RGB of a rectangle at 2^-level of the full resolution; it may reach a little over the lower and the right edge. */
export type Paint = (level: number, region: Region) => Promise<Uint8Array>;

/** The parts of a scene. */
export interface SceneParts extends Omit<Scene, "source" | "write"> {
  /** The last level that can be painted. */
  readonly coarsest: number;
  painter(): Promise<Paint>;
}

const BLOCK = 256;

/** A scene from what paints it. */
export function sceneOf({ coarsest, painter, ...scene }: SceneParts): Scene {
  const { id, width, height } = scene;
  const source = async (options: TileOptions = {}) => {
    const paint = await painter();
    const levelAt = (level: number): PyramidLevel => ({
      ...{ width: Math.ceil(width / 2 ** level), height: Math.ceil(height / 2 ** level) },
      ...{ blockWidth: BLOCK, blockHeight: BLOCK },
      read: async (block) => ({
        width: block.width,
        height: block.height,
        channels: 3,
        data: await paint(level, block),
      }),
    });
    const last = Math.max(0, Math.min(coarsest, Math.ceil(Math.log2(Math.max(width, height) / BLOCK))));
    const coarser = Array.from({ length: last }, (_, i) => levelAt(i + 1));
    return pyramidSource({ ...options, name: id, levels: [levelAt(0), ...coarser] });
  };
  const write = async (path: string, options?: WriteOptions) => {
    const paint = await painter();
    const rows = (top: number, count: number) => paint(0, { left: 0, top, width, height: count });
    await writeTiles(path, { width, height, rows }, options);
  };
  return { ...scene, source, write };
}
