import { feature } from "topojson-client";
import { readJson } from "../packages.js";
import { fillRings, type Ring } from "./fill-rings.js";

/** How finely the coast is drawn, from fine to coarse: Natural Earth's scales 1 : 10, 50 and 110 million. */
export type LandDetail = "10m" | "50m" | "110m";

/**
 * Natural Earth's land on a map whose columns are longitudes from −180° and whose rows are latitudes from 90° down: 1
 * is land, 0 sea. Lakes are land, but the Caspian Sea is sea.
 */
export async function landMask(width: number, height: number, detail: LandDetail): Promise<Uint8Array> {
  const rings = (await landRings(detail)).flatMap(aroundTheGlobe);
  const onMap = (ring: Ring): Ring =>
    ring.map(([longitude, latitude]) => [((longitude + 180) / 360) * width, ((90 - latitude) / 180) * height]);
  return fillRings(rings.map(onMap), width, height);
}

/**
 * The coasts, [longitude, latitude] in degrees. Some cross the 180th meridian, and Antarctica's goes around the pole.
 */
async function landRings(detail: LandDetail): Promise<Ring[]> {
  const world = await readJson<Topology>("world-atlas", `land-${detail}.json`);
  const { features } = feature(world, world.objects.land);
  return features.flatMap(({ geometry }) => geometry.coordinates.flat());
}

/** What is used of the file and of topojson-client, which has no types. */
interface Topology {
  readonly objects: { readonly land: object };
}

/**
 * A coast without jumps from −180° to 180°, closed over the pole if it goes around it, and as often as it takes to
 * cover the map from both sides.
 */
function aroundTheGlobe(ring: Ring): Ring[] {
  const line = withoutJumps(ring);
  const [first, last] = [line[0]!, line.at(-1)!];
  const around = Math.abs(last[0] - first[0]) > 180;
  const pole = first[1] < 0 ? -90 : 90;
  const closed: Ring = around ? [...line, [last[0], pole], [first[0], pole]] : line;
  const longitudes = closed.map(([longitude]) => longitude);
  const [west, east] = longitudes.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [180, -180]);
  const turns = [0, ...(east! > 180 ? [-360] : []), ...(west! < -180 ? [360] : [])];
  return turns.map((turn) => closed.map(([longitude, latitude]) => [longitude + turn, latitude] as const));
}

function withoutJumps(ring: Ring): Ring {
  let turn = 0;
  return ring.map(([longitude, latitude], i) => {
    const step = i === 0 ? 0 : longitude - ring[i - 1]![0];
    if (Math.abs(step) > 180) turn -= 360 * Math.sign(step);
    return [longitude + turn, latitude] as const;
  });
}
