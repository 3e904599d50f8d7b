// What Streamlit mounts runs again at every change of data or theme: each element keeps one view through it.
// `mount.js` does the same for players, which unpack their data and ask for links.

// create: root → { root, run: 0, show(data), stop }, whose AbortController `stop` ends it.
export function oneViewEach(selector, create) {
  const views = new WeakMap();
  return ({ parentElement, data }) => {
    const root = parentElement.querySelector(selector);
    let view = views.get(parentElement);
    if (view?.root !== root) {
      view?.stop.abort();
      view = create(root);
      views.set(parentElement, view);
    }
    const run = ++view.run;
    view.show(data);
    return () => {
      if (view.run !== run) return; // an older run's clean-up
      view.stop.abort();
      views.delete(parentElement);
    };
  };
}
