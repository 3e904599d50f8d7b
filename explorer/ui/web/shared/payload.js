// The shape of one run's payload, as JSDoc types. `explorer/ui/player/payload_types.py` says the same as Python types,
// under the same names, and tests/ui/test_payload_contract.py compares the two. Nothing here runs.

/**
 * Coloured characters of a line: the first column, the end column (not included), and the kind of token.
 * @typedef {[number, number, string]} ColouredSpan
 */

/**
 * A line of source: its indent in characters, its text without it, and the coloured spans of that text.
 * @typedef {[number, string, ColouredSpan[]]} Line
 */

/**
 * A variable that a step changed: indices into `names` and `values`, around what happened.
 * @typedef {[number, "new" | "rebound" | "modified in place" | "grad mode" | "held" | "deleted", number]} ChangeRow
 */

/**
 * A call that the outermost module makes: path and class of the called module, first and last step.
 * @typedef {[string, string | null, number, number]} Chapter
 */

/**
 * First and last step, both included.
 * @typedef {[number, number]} StepRange
 */

/**
 * Figures over a tensor's elements, four significant digits as text.
 * @typedef {object} StatisticsPayload
 * @property {string | null} min  null, as the next two, where an element is infinite or not a number
 * @property {string | null} mean
 * @property {string | null} max
 * @property {number | null} sampled  how many elements were used; null for all
 * @property {number[]} histogram
 */

/**
 * A tensor as small images: what its elements are, a byte for each cell.
 * @typedef {object} PicturePayload
 * @property {number} images
 * @property {number} rows  of an image
 * @property {number} columns
 * @property {number} min  what a byte of 0 stands for
 * @property {number} max  what a byte of 255 stands for
 * @property {string} cells  in base64, image by image and row by row
 */

/**
 * What a tensor was at that moment.
 * @typedef {object} TensorPayload
 * @property {number[]} shape
 * @property {string} dtype
 * @property {boolean} requires_grad
 * @property {string | null} grad_fn
 * @property {boolean} parameter
 * @property {number | null} version  null for an inference tensor
 * @property {StatisticsPayload | null} statistics
 * @property {string[]} preview  its first elements
 * @property {PicturePayload | null} picture  null where there is nothing to see
 */

/**
 * A value in one line, with the facts of a tensor or the items of a container.
 * @typedef {object} ValuePayload
 * @property {string} type
 * @property {string} text
 * @property {TensorPayload} [tensor]
 * @property {[string, ValuePayload][]} [items]
 */

/**
 * The source of one function.
 * @typedef {object} CodePayload
 * @property {string} file
 * @property {number} first  number of its first line
 * @property {Line[]} lines  empty where the source cannot be read
 */

/**
 * Where Python found the method to call.
 * @typedef {object} LookupPayload
 * @property {string} type
 * @property {string[]} searched
 * @property {string | null} provider
 * @property {string} attribute
 * @property {boolean} instance_attribute
 */

/**
 * The exception that left the call.
 * @typedef {object} ErrorPayload
 * @property {string} type
 * @property {string} message
 * @property {string | null} file
 * @property {number | null} line
 * @property {number | null} step
 */

/**
 * An item for each step.
 * @typedef {object} StepColumns
 * @property {("lookup" | "call" | "statement" | "return" | "exception")[]} kind
 * @property {number[]} frame  -1 for the look-up, which has none
 * @property {number[]} line
 * @property {number[]} end_line
 * @property {(string | null)[]} phase
 * @property {(1 | 2 | 3)[]} level  the least detail that shows the step
 * @property {number[]} text  index into `texts`
 */

/**
 * An item for each frame.
 * @typedef {object} FrameColumns
 * @property {number[]} code  index into `codes`
 * @property {string[]} function
 * @property {(string | null)[]} module
 * @property {(string | null)[]} module_class
 * @property {(number | null)[]} module_call
 * @property {number[]} caller  -1 for the first
 * @property {number[]} depth
 * @property {("call path" | "forward" | "hook" | "function" | "functional" | "other")[]} role
 */

/**
 * An item for each module call, in the order in which they began.
 * @typedef {object} CallColumns
 * @property {string[]} module  dotted path, after a dot where it is below the caller's; "" for the outermost
 * @property {string[]} module_class
 * @property {number[]} number  1 for the module's first call
 * @property {number[]} parent  index of the enclosing module call; -1 for none
 * @property {number[]} first  the step that it began with
 * @property {number[]} last
 */

/**
 * An item for each operation, input and output, in the order in which they ran.
 * @typedef {object} OperationColumns
 * @property {("input" | "operation" | "output")[]} kind
 * @property {string[]} name
 * @property {number[]} call  index of the innermost module call that it ran in; -1 for none
 * @property {number[]} first  the first step during which it ran
 * @property {number[]} last
 * @property {boolean[]} drops  whether it is a dropout: sets some numbers to zero at random
 * @property {boolean[]} in_hook  whether a hook ran it
 * @property {boolean[]} raised
 * @property {number[]} output  index into `shapes`: what it gave, or of an output what it took; -1 for none
 * @property {number[]} outputs  how many of them there are
 */

/**
 * The operations of a run, and the module calls that they ran in: what the river is laid out from.
 * @typedef {object} RiverPayload
 * @property {CallColumns} calls
 * @property {OperationColumns} operations
 * @property {[number, number][]} edges  indices of the operations that made and that took a tensor
 * @property {number[][]} shapes
 * @property {boolean} classes  whether each number of the output is the score of a class
 */

/**
 * Everything that the player shows of one run.
 * @typedef {object} PlayerPayload
 * @property {string} title
 * @property {string} expression
 * @property {boolean | null} training
 * @property {string} grad_mode
 * @property {string[]} phases  of `Module.__call__`, in their order
 * @property {number[]} unentered_phases  first steps of the phases whose condition was evaluated, and whose body did not run
 * @property {LookupPayload} lookup
 * @property {[string, number][]} inputs  a name, and an index into `values`
 * @property {number | null} output  index into `values`
 * @property {ErrorPayload | null} error
 * @property {CodePayload[]} codes
 * @property {FrameColumns} frames
 * @property {StepColumns} steps
 * @property {Record<string, ChangeRow[]>} changes  by step
 * @property {Record<string, number>} texts_ahead  by step: its text while the call that it makes is still to be shown
 * @property {Record<string, number>} returned  by step: what it returned or raised
 * @property {string[]} names
 * @property {string[]} texts
 * @property {ValuePayload[]} values
 * @property {Chapter[]} chapters
 * @property {RiverPayload | null} river  null where it is not shown
 */

/**
 * The line of JSON that stands before a compressed payload.
 * @typedef {object} PlayerHead
 * @property {number | null} step  where to open; null for where the reader stands, or stood when the tab last showed it
 * @property {number | null} detail  the level to open at; null for the one that is shown
 * @property {number} jumps  another number than before: go to `step` though the run is shown already
 * @property {string} fingerprint  of the compressed payload
 * @property {string} linkParameter  the name of the page's URL parameter for the step
 */

export {};
