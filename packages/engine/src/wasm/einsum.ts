import * as tf from "@tensorflow/tfjs-core";

/**
 * Einstein summation of one or two tensors as one batched matMul: letters of both operands and the output are the
 * batch, letters of both operands only are contracted, letters of one operand only are summed first if the output lacks
 * them.
 *
 * @param equation - letters only, without repeats inside a term and without `...`, as `tf.einsum` demands
 */
export function einsum(equation: string, operands: readonly tf.Tensor[]): tf.Tensor {
  const [left, output] = equation.replace(/\s/g, "").split("->") as [string, string];
  const terms = left.split(",");
  tf.backend_util.decodeEinsumEquation(equation, operands.length); // throws for what tfjs does not support
  return tf.tidy(() => {
    const [a, b] = terms.map((term, i) => sumAbsent(operands[i]!, term, output + (terms[1 - i] ?? "")));
    if (b === undefined) return permute(a!, output);
    return permute(contract(a!, b, output), output);
  });
}

interface Named {
  readonly value: tf.Tensor;
  readonly axes: string;
}

function sumAbsent(value: tf.Tensor, axes: string, wanted: string): Named {
  const absent = [...axes].flatMap((letter, i) => (wanted.includes(letter) ? [] : [i]));
  if (absent.length === 0) return { value, axes };
  return { value: tf.sum(value, absent), axes: [...axes].filter((letter) => wanted.includes(letter)).join("") };
}

function permute({ value, axes }: Named, order: string): tf.Tensor {
  return axes === order
    ? tf.clone(value)
    : tf.transpose(
        value,
        [...order].map((letter) => axes.indexOf(letter)),
      );
}

function contract(a: Named, b: Named, output: string): Named {
  const size = new Map([a, b].flatMap(({ value, axes }) => [...axes].map((letter, i) => [letter, value.shape[i]!])));
  const shape = (letters: string) => [...letters].map((letter) => size.get(letter)!);
  const product = (letters: string) => shape(letters).reduce((all, side) => all * side, 1);
  const pick = (axes: string, keep: (letter: string) => boolean) => [...axes].filter(keep).join("");

  const batch = pick(a.axes, (letter) => b.axes.includes(letter) && output.includes(letter));
  const inner = pick(a.axes, (letter) => b.axes.includes(letter) && !output.includes(letter));
  const rows = pick(a.axes, (letter) => !b.axes.includes(letter));
  const columns = pick(b.axes, (letter) => !a.axes.includes(letter));

  const a3 = tf.reshape(permute(a, batch + rows + inner), [product(batch), product(rows), product(inner)]);
  const b3 = tf.reshape(permute(b, batch + inner + columns), [product(batch), product(inner), product(columns)]);
  const value = tf.reshape(tf.matMul(a3, b3), shape(batch + rows + columns));
  return { value, axes: batch + rows + columns };
}
