() => {
  // Streamlit mounts components in shadow roots or in the page: all are walked through.
  const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
  const seen = all(document.querySelector("[data-testid=stMain]")).filter((one) => one.checkVisibility({ visibilityProperty: true }));
  const level = (one) => Number(one.getAttribute("aria-level") ?? one.tagName[1]);
  const headings = seen.filter((one) => /^H[1-6]$/.test(one.tagName)).map(level);
  const interactive = "a[href], button, input, [tabindex]:not([tabindex='-1'])";
  const scrolls = (one) => /auto|scroll/.test(getComputedStyle(one).overflowY) && one.scrollHeight > one.clientHeight + 1;
  const unreachable = seen.filter((one) => one.closest(".player, .map") && scrolls(one)
    && !one.matches(interactive) && !one.querySelector(interactive)).map((one) => one.className);
  const cells = seen.filter((one) => one.matches("[role=grid] [role=row] > *") && one.getAttribute("role") !== "gridcell");
  const rows = seen.filter((one) => one.matches("[role=grid] > *, [role=rowgroup] > *")
    && !one.matches("[role=row], [role=rowgroup]"));
  const options = seen.filter((one) => one.matches("[role=option] a, [role=option] button, .map [role=option]"));
  return { headings, unreachable, misplaced: [...cells, ...rows, ...options].map((one) => one.outerHTML.slice(0, 80)) };
}
