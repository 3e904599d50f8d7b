"""Load the browser's part: JavaScript modules, style sheets and markup, files of their own beside these modules."""
