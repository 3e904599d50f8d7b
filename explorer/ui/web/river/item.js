// One thing that the river shows.

/** @import { TensorPayload } from "../shared/payload.js" */

/**
 * Something that the river shows. A call, a hook, `backward()` and a repeat contain others.
 * @typedef {object} Item
 * @property {string} key  "n3" for an operation, "c1" for a module call, "h14" for a hook, by their numbers
 * @property {"input" | "operation" | "output" | "call" | "hook" | "backward" | "repeat" | "root"} kind
 * @property {string} name
 * @property {string} note  the class of a module, the kind of a hook
 * @property {number} first  the first step during which it runs
 * @property {number} last
 * @property {number[] | null} shape  of the tensor that it gave, or of an output the one it took
 * @property {number} outputs  how many tensors those are
 * @property {TensorPayload | null} tensor  that one, where the record says which it is
 * @property {Item | null} drewFrom  of an operation that drew at random: what gave the one tensor that it took
 * @property {boolean} classes  whether each of its numbers is the score of a class
 * @property {boolean} raised
 * @property {boolean} hooked  whether it is a hook, or ran in one
 * @property {number} count  of the operations that it consists of
 * @property {number} number  of a call: 1 for the module's first
 * @property {string} call  of a call: its key among the record's calls
 * @property {Item | null} parent
 * @property {Item[]} children
 * @property {Item[][]} rounds  of a repeat: the children that each round has
 */

/**
 * Make an item.
 * @param {Item["kind"]} kind
 * @param {string} key
 * @param {Partial<Item>} facts
 * @returns {Item}
 */
export function made(kind, key, facts) {
  return {
    key, kind, name: facts.name ?? "", note: facts.note ?? "", first: facts.first ?? 0, last: facts.last ?? 0, shape: facts.shape ?? null,
    outputs: facts.outputs ?? 0, tensor: facts.tensor ?? null, classes: facts.classes ?? false, drewFrom: null, raised: facts.raised ?? false, hooked: facts.hooked ?? false, count: facts.count ?? 0,
    number: facts.number ?? 1, call: facts.call ?? "", parent: facts.parent ?? null, children: [], rounds: [],
  };
}

/**
 * Return what stands below an item's name: the first call of a module says its class, the others which one it is.
 * @param {Item} item
 */
export const noteOf = ({ note, number }) => (number > 1 ? `call ${number}` : note);
