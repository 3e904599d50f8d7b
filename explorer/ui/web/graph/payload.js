// The shape of what the viewer of a graph reads, as JSDoc types. `explorer/ui/pages/graph/payload_types.py` says the
// same as Python types, and tests/ui/test_payload_contract.py compares the two. Nothing here runs.

/**
 * A drawing to zoom and pan.
 * @typedef {object} DrawingPayload
 * @property {string} svg
 * @property {string} label  what a screen reader says of it
 * @property {string} view  names what is shown: while it stays the same, another drawing keeps zoom and scrolling
 */

export {};
