// Several answers to the same labels, side by side: a row a label, a bar a column.

/**
 * `columns`: key → what stands above it. With `pick` a press on a row chooses its label.
 * set(values, {chosen, text, ghost, hidden}): `values[key]`, shares from 0 to 1, or null for a column that is not known
 * (`hidden` stands there); `text(key, place)` the number, `ghost[key]` thin marks.
 */
function beside(labels, columns, { pick = null, caption = "" }) {
  const keys = Object.keys(columns);
  const rows = labels.map((label) => {
    const cells = keys.map(() => {
      const [fill, ghost, text] = [el("span.fill"), el("span.ghost", { hidden: "" }), el("span.now")];
      return { fill, ghost, text, node: el("span.bs-cell", {}, el("span.track", {}, fill, ghost), text) };
    });
    const button = { type: "button", "aria-pressed": "false", onclick: () => pick(label) };
    return { label, cells, node: el(pick ? "button.bs-row" : "div.bs-row", pick ? button : {}, el("span.label", { text: label }), ...cells.map((cell) => cell.node)) };
  });
  const heads = el("div.bs-row.bs-heads", { "aria-hidden": "true" }, el("span"), ...Object.values(columns).map((text) => el("span", { text })));
  const node = el("div.bs-rows", { role: "group", "aria-label": caption }, heads, ...rows.map((row) => row.node));
  node.style.setProperty("--fv-bs-columns", String(keys.length));
  function set(values, { chosen = "", text = (key, place) => number(values[key][place]), ghost = {}, hidden = "–" } = {}) {
    rows.forEach(({ label, cells, node: row }, place) => {
      row.classList.toggle("fv-chosen", label === chosen);
      const said = keys.map((key) => `${columns[key]} ${values[key] ? text(key, place) : "not shown"}`);
      row.setAttribute("aria-label", `${label}: ${said.join(", ")}`);
      if (pick) row.setAttribute("aria-pressed", String(label === chosen));
      cells.forEach((cell, at) => {
        const own = values[keys[at]];
        const usable = own && Number.isFinite(own[place]);
        cell.fill.style.width = usable ? `${100 * own[place]}%` : "0";
        cell.text.textContent = own ? text(keys[at], place) : hidden;
        cell.node.classList.toggle("fv-bs-top", Boolean(usable) && own[place] === Math.max(...own));
        cell.ghost.hidden = !ghost[keys[at]];
        if (ghost[keys[at]]) cell.ghost.style.left = `${100 * ghost[keys[at]][place]}%`;
      });
    });
  }
  return { node, set };
}
