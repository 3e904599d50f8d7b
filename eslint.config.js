// The rules for the browser's modules and their tests: ESLint's recommended ones, and a few for plain reading.

import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  { rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error", "no-shadow": "error", "object-shorthand": "error" } },
  { files: ["explorer/ui/web/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/web/**/*.js"], languageOptions: { globals: globals.node } },
];
