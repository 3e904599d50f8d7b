// Which recorded tensor an operation, an input or an output of the river is, so that its picture can be drawn.

/** @import { IndexedRecord } from "../shared/record.js" */
/** @import { RiverPayload, TensorPayload, ValuePayload } from "../shared/payload.js" */

/**
 * Return the tensor of each operation, input and output, by their numbers; null where the record does not say which it is.
 *
 * Of an operation it is what its statement bound or returned. That is known only where it is the statement's one
 * operation, and the statement bound one tensor, of the shape that the operation gave, which its frame did not have before:
 * `y = (x.exp(), x)[1]` binds another one.
 * @param {IndexedRecord} record
 * @param {RiverPayload} river
 * @returns {(TensorPayload | null)[]}
 */
export function tensorsOf(record, { operations, shapes }) {
  const { payload } = record, { kind, last, output, outputs, raised } = operations;
  const operationsIn = /** @type {Map<number, number>} */ (new Map());
  for (const [index, step] of last.entries()) if (kind[index] === "operation") operationsIn.set(step, (operationsIn.get(step) ?? 0) + 1);
  const bound = newlyBound(record);
  /** @type {(number: "input" | "output", values: ValuePayload[]) => Map<number, TensorPayload>} */
  const ends = (wanted, values) => {
    const places = kind.flatMap((each, index) => (each === wanted ? [index] : []));
    const tensors = values.flatMap(tensorsIn);
    return new Map(places.length === tensors.length ? places.map((index, at) => [index, tensors[at]]) : []);
  };
  const inputs = ends("input", (payload.inputs ?? []).map(([, index]) => payload.values[index]));
  const result = payload.output === null || payload.output === undefined ? undefined : payload.values[payload.output];
  const results = ends("output", result ? [result] : []);
  return kind.map((each, index) => {
    const shape = shapes[output[index]];
    if (!shape || outputs[index] !== 1 || raised[index]) return null;
    let found = /** @type {TensorPayload | undefined} */ (undefined);
    if (each === "input") found = inputs.get(index);
    else if (each === "output") found = results.get(index);
    else if (operationsIn.get(last[index]) === 1) found = bound.get(last[index]);
    return found && String(found.shape) === String(shape) ? found : null;
  });
}

/**
 * Return the tensor that each step bound, or that its frame returned by it, where that is one that its frame did not have.
 * @param {IndexedRecord} record
 * @returns {Map<number, TensorPayload>}
 */
function newlyBound(record) {
  const { payload, steps } = record;
  const held = /** @type {Map<number, Set<string>>} */ (new Map()), found = /** @type {Map<number, TensorPayload>} */ (new Map());
  const contents = /** @type {Map<TensorPayload, string>} */ (new Map());
  /** @param {TensorPayload} tensor */
  const contentOf = (tensor) => contents.get(tensor) ?? contents.set(tensor, spelled(tensor)).get(tensor) ?? "";
  steps.frame.forEach((frame, step) => {
    const had = held.get(frame) ?? new Set(), tensor = boundAt(record, step);
    if (tensor && !had.has(contentOf(tensor))) found.set(step, tensor);
    const values = (payload.changes?.[String(step)] ?? []).map(([, , value]) => payload.values[value]);
    for (const each of values.flatMap(tensorsIn)) had.add(contentOf(each));
    held.set(frame, had);
  });
  return found;
}

/** @param {TensorPayload} tensor */
const spelled = ({ shape, version, preview, picture }) => JSON.stringify([shape, version, preview, picture?.cells, picture?.min, picture?.max]);

/**
 * Return the one tensor that a step bound, or that its frame returned by it.
 * @param {IndexedRecord} record
 * @param {number} step
 */
function boundAt({ payload, steps }, step) {
  const changes = payload.changes?.[String(step)] ?? [];
  const isReturn = steps.kind[step + 1] === "return" && steps.frame[step + 1] === steps.frame[step];
  const values = changes.length ? changes.map(([, , value]) => value) : isReturn ? [payload.returned[String(step + 1)]] : [];
  const different = [...new Set(values)];
  return different.length === 1 ? payload.values[different[0]]?.tensor : undefined;
}

/**
 * Return the tensors in a value, in their order.
 * @param {ValuePayload | undefined} value
 * @returns {TensorPayload[]}
 */
export const tensorsIn = (value) => (value ? [...(value.tensor ? [value.tensor] : []), ...(value.items ?? []).flatMap(([, item]) => tensorsIn(item))] : []);
