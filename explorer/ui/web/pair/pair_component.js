// Two players in step on a Streamlit page: two records and what joins them, one after the other.

import { mountable, unzipped } from "../shared/mount.js";
import { createPair } from "./pair.js";

export default mountable(createPair, async (bytes, { sizes }) => {
  let from = 0;
  const parts = sizes.map((size) => bytes.subarray(from, (from += size)));
  const [left, right, pair] = await Promise.all(parts.map(unzipped));
  return { left, right, ...pair };
});
