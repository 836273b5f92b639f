import * as tf from "@tensorflow/tfjs-core";
import type { Segment } from "./channel-groups.js";

/** Makes the positions of a map the last axis: [batch, height, width, channels] → [batch, channels, position]. */
export function positionsLast(maps: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, channels] = maps.shape;
  return tf.transpose(tf.reshape(maps, [batch, height * width, channels]), [0, 2, 1]);
}

/**
 * The channels of the classes of a segment, as [batch, class, channel, position]. @param x - [batch, channels,
 * position]
 */
export function ownChannels(x: tf.Tensor3D, { size, classes, channels }: Segment): tf.Tensor4D {
  const [batch, all, positions] = x.shape;
  const own = channels.length === all ? x : channelsOf(x, channels);
  return tf.reshape(own, [batch, classes.length, size, positions]);
}

function channelsOf(x: tf.Tensor3D, channels: readonly number[]): tf.Tensor {
  const first = channels[0]!;
  if (channels.every((channel, i) => channel === first + i))
    return tf.slice(x, [0, first, 0], [-1, channels.length, -1]);
  return tf.gather(x, tf.tensor1d([...channels], "int32"), 1);
}

/**
 * The largest of the channels of a class, at every position. Only that channel gets the gradient, or the first of
 * several that are equal.
 *
 * @param x - [batch, class, channel, position]
 * @returns [batch, class, position]
 */
export function maxOverChannels(x: tf.Tensor4D): tf.Tensor3D {
  const channels = x.shape[2];
  return tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor4D, tf.GradSaveFunc];
    const value = tf.max(x, 2);
    save([x, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, value] = saved as [tf.Tensor4D, tf.Tensor3D];
      // [batch, class, 1, position], for positions whose largest channel was not yet found
      let rest = tf.expandDims(dy, 2);
      const largest = tf.expandDims(value, 2);
      const gradients = tf.split(x, channels, 2).map((channel) => {
        const wins = tf.equal(channel, largest);
        const gradient = tf.where(wins, rest, tf.zerosLike(rest));
        rest = tf.sub(rest, gradient);
        return gradient;
      });
      return tf.concat(gradients, 2);
    };
    return { value, gradFunc };
  })(x) as tf.Tensor3D;
}

/** Joins numbers per class of all segments, [batch, class] each, in the order of the classes. */
export function inClassOrder(segments: readonly Segment[], perSegment: readonly tf.Tensor2D[]): tf.Tensor2D {
  const classes = segments.flatMap(({ classes }) => classes);
  const all = perSegment.length === 1 ? perSegment[0]! : tf.concat([...perSegment], 1);
  if (classes.every((label, i) => label === i)) return all as tf.Tensor2D;
  const at = new Int32Array(classes.length);
  classes.forEach((label, i) => (at[label] = i));
  return tf.gather(all, tf.tensor1d(at, "int32"), 1) as tf.Tensor2D;
}
