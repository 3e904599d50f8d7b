// Two players in step on a Streamlit page: two records and what joins them, one after the other.

import { mountable, unzipped } from "../shared/mount.js";
import { createPair } from "./pair.js";

/** @import { PairHead } from "./payload.js" */

/**
 * Unpack the three parts that the head gives the sizes of.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {PairHead} head
 */
async function unpack(bytes, { sizes }) {
  let from = 0;
  const parts = sizes.map((size) => bytes.subarray(from, (from += size)));
  const [left, right, pair] = await Promise.all(parts.map(unzipped));
  return { left, right, ...pair };
}

export default mountable(createPair, unpack);
