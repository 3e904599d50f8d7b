// The shape of what two players in step read, as JSDoc types. `explorer/ui/pages/compare/payload_types.py` says the
// same as Python types, and tests/ui/test_payload_contract.py compares the two. Nothing here runs.

/**
 * For each row the step of either run, -1 where it has none.
 * @typedef {object} RowColumns
 * @property {number[]} left
 * @property {number[]} right
 */

/**
 * One difference between two runs.
 * @typedef {object} DifferencePayload
 * @property {number} first  row, as the next
 * @property {number} last
 * @property {string} text
 * @property {string[]} names  variables whose values differ
 */

/**
 * What joins two runs.
 * @typedef {object} PairPayload
 * @property {RowColumns} rows
 * @property {DifferencePayload[]} differences
 * @property {string[]} labels  the settings that tell each side from the other: left, right
 */

/**
 * The line of JSON that stands before the compressed payloads of the left run, the right run and what joins them.
 * @typedef {object} PairHead
 * @property {number | null} step  the row to open at; null for where the reader stands, or stood when the tab last showed it
 * @property {number | null} detail  the level to open at; null for the one that is shown
 * @property {number[]} sizes  of each compressed payload, in bytes
 * @property {string} fingerprint  of all three
 * @property {string} linkParameter  the name of the page's URL parameter for the row
 */

export {};
