/** An image of any number of channels. */
export interface Reduced {
  readonly width: number;
  readonly height: number;
  /** [height, width, channels] */
  readonly data: Uint8Array;
}

/** Half as wide and high: each value the mean of four. Sides must be even. */
export function halved({ width, height, data }: Reduced): Reduced {
  const channels = data.length / (width * height);
  const [across, down] = [width / 2, height / 2];
  const out = new Uint8Array(across * down * channels);
  const below = width * channels;
  for (let row = 0, to = 0; row < down; row++)
    for (let column = 0; column < across; column++)
      for (let c = 0, from = 2 * row * below + 2 * column * channels; c < channels; c++, from++)
        out[to++] =
          (data[from]! + data[from + channels]! + data[from + below]! + data[from + below + channels]! + 2) >> 2;
  return { width: across, height: down, data: out };
}

/** The image first, then its halves, so many. */
export function reductions(full: Reduced, times: number): readonly Reduced[] {
  const all = [full];
  while (all.length <= times) all.push(halved(all.at(-1)!));
  return all;
}
