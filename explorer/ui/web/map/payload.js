// The shape of what the map reads, as JSDoc types. `explorer/ui/pages/call_map/payload_types.py` says the same as
// Python types, and tests/ui/test_payload_contract.py compares the two. Nothing here runs.

/** @import { Line } from "../shared/payload.js" */

/**
 * One statement of `__call__`, and the runs that executed it.
 * @typedef {object} StatementPayload
 * @property {number} first  line, as the next
 * @property {number} last
 * @property {string} text
 * @property {number | null} step  of this run; null where this run did not execute it
 * @property {[number, number][]} by  index of a preset that executed it, and the step there
 * @property {string | null} why  the reason where nothing executes it
 */

/**
 * A stretch of torch's source: `__call__` itself, or what it goes through.
 * @typedef {object} RegionPayload
 * @property {string} name
 * @property {number} first  number of its first line
 * @property {Line[]} lines
 * @property {StatementPayload[]} statements
 */

/**
 * A preset, with the link that opens it.
 * @typedef {object} PresetPayload
 * @property {string} title
 * @property {string} sentence
 * @property {string} link
 */

/**
 * The map as far as it is known.
 * @typedef {object} MapPayload
 * @property {boolean} complete  whether all presets have run
 * @property {string} run  the link that opens this run
 * @property {PresetPayload[]} presets
 * @property {[string, number[]][]} groups  a name, and the indices of its presets
 * @property {(number | null)[]} counts  for each preset how many statements it executed; null before it has run
 * @property {RegionPayload[]} regions
 */

export {};
