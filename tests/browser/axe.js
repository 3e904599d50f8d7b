// What axe finds wrong with a page, but for what is known of Streamlit's own elements. Needs axe-core on the page.

async (known) => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await window.axe.run(document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"], elementRef: true,
  });
  const isKnown = (rule, element) => known.some(([id, selector]) => id === rule && element.matches(selector));
  return violations.flatMap(({ id, impact, nodes }) => nodes
    .filter(({ element }) => !isKnown(id, element))
    .map(({ element, failureSummary }) => `${id} (${impact}) ${element.outerHTML.slice(0, 160)} ${failureSummary}`));
}
