// The shape of the questions, as JSDoc types. `explorer/ui/pages/questions/payload_types.py` says the same as Python
// types, and tests/ui/test_payload_contract.py compares the two. Nothing here runs.

/**
 * A belief, and what was measured.
 * @typedef {object} QuestionPayload
 * @property {number} number
 * @property {string} found_in  a sentence: where the belief was found
 * @property {string} believed
 * @property {string | null} measured  null before its run is over
 * @property {string | null} shows  what follows, where the measurement refutes the belief
 * @property {[string, string][]} links  what a link opens, and its address; the one that decides the question first
 */

/**
 * Questions on one subject.
 * @typedef {object} QuestionGroup
 * @property {string} name
 * @property {QuestionPayload[]} questions
 */

/**
 * All questions, with what was found so far.
 * @typedef {object} QuestionsPayload
 * @property {QuestionGroup[]} groups
 */

export {};
