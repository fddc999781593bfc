// Items: which one is under the cursor, what the hand asked for, and a scale that stands still while it drags.

/** Items of one axis. `noun` is what one is called; `field` holds the cursor in the state; the view has `reasons` and `rows`. */
function itemsOf(stage, { noun, field }) {
  const scales = {};
  let [at, hovered, frozen] = [0, null, null];
  let [told, asked] = [null, null];  // where the cursor stands by the last answer, and by the last wish, heard or not
  const within = (place) => clamp(place, 0, items.count() - 1);
  const items = {
    noun, field, view: null, fixed: false,
    ready: () => Boolean(items.view),
    count: () => items.view.reasons.length,
    name: (place) => `${items.noun} ${place}`,
    even: () => "1/N",
    at: () => within(at),
    cursor: () => within(hovered ?? at),
    usable: () => items.view.reasons.filter((reason) => !reason).length,
    moved: () => Boolean(stage.state.values),
    /** What a quantity was before a hand moved it, to be marked on its bars; null where nothing moved. */
    ghost: (name) => (items.moved() && (name === "weight" || stage.state.moves === name) ? items.view.rows[`own ${name}`] : null),
    values: (name) => wished(name) ?? items.view.rows[name],
    scale: (name, find) => frozen ?? (scales[name] = find()),
    freeze(name) {
      frozen = name ? scales[name] : null;
      stage.repaint();
      return frozen;
    },
    hover(place) {
      if (hovered === place) return;
      hovered = place;
      stage.repaint();
    },
    start(place) { [at, hovered] = [place, null]; },
    /** For every answer: the cursor goes where the state has it when that is news, else it stays where the hand has taken it. */
    follow() {
      const now = stage.state[field];
      const news = now !== told && now !== asked;
      told = now;
      if (!news) return;
      asked = null;
      items.start(now);
    },
    /** The next answer is news: it belongs to another sheet, or to a preset. */
    forget() { [told, asked] = [null, null]; },
    strayed: () => items.at() !== stage.state[field],
    /** What a wish says of the cursor; its answer is then no news, and nor is an older one where nobody heard it. */
    here(place = items.at()) { return { [field]: (asked = place) }; },
    go(place) {
      items.start(within(place));
      stage.repaint();
    },
  };

  /** What the hand asked for, before the kernel has answered: the bar must not lag behind the pointer. */
  function wished(name) {
    const { moves, values } = stage.state;
    if (!values || moves !== name || values.length !== items.count()) return null;
    const usable = values.map((value, place) => (items.view.reasons[place] ? NaN : value));
    const total = name === "weight" ? usable.reduce((sum, value) => sum + (value || 0), 0) : 1;
    return total > 0 ? usable.map((value) => value / total) : null;
  }
  return items;
}

/** Cell `number` of a picture that holds many, each `cell` pixels wide, `across` in a row. */
function drawCell(context, image, { cell, across }, number, x, y, side) {
  context.drawImage(image, (number % across) * cell, Math.floor(number / across) * cell, cell, cell, x, y, side, side);
}
