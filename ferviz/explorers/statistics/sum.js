// Statistics: the linear machine's sum, with the exact share of each statistic.

/** The sum for one label, and a table for all of them. */
function sumPanel(stage, film) {
  const bars = signedBars({ caption: "What each statistic adds to the decision" });
  const table = el("table.table.it-table.ss-table");
  const title = el("h5.sub");
  const node = el("div.panel", {}, el("div.ss-sum", {}, el("div", {}, title, bars.node), table),
    el("p.note.help", { text: "The decision of a linear machine is a sum over the numbers of the descriptor, so what a statistic adds is exact: no method of attribution stands in between. One decision a label, that label against all others. The colours of the table share one scale." }));
  let told = "";

  function cells(values, limit) {
    const stops = stopsOf({ signed: true }, stage.colours.dark);
    return values.map((value) => {
      const rgb = colour(stops, value / limit);
      const cell = el("td", { text: signedNumber(value, 2) });
      [cell.style.background, cell.style.color] = [css(rgb), inkOn(rgb)];
      return cell;
    });
  }

  function furnish() {
    const { view } = film;
    const names = film.sheet.statistics;
    const rows = view.labels.map((_, place) => [...names.map((_, at) => view.now.share[at][place]), view.bias[place], view.now.decision[place]]);
    const limit = Math.max(1e-9, ...rows.flat().map(Math.abs));
    const heads = ["label", ...names, "bias", "sum"].map((text) => el("th", { scope: "col", text }));
    table.replaceChildren(el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows.map((values, place) =>
      el(view.labels[place] === view.label ? "tr.ss-chosen" : "tr", {}, el("th", { scope: "row", text: view.labels[place] }), ...cells(values, limit)))));
  }

  return {
    node,
    draw() {
      if (node.hidden) return;
      const { view } = film;
      const place = view.labels.indexOf(view.label);
      title.textContent = `The decision for ${view.label}`;
      const was = (value) => (film.touched() ? value : null);
      const parts = film.sheet.statistics.map((name, at) => ({ name, value: view.now.share[at][place], before: was(view.before.share[at][place]) }));
      bars.set([...parts, { name: "bias", value: view.bias[place] }, { name: "sum", value: view.now.decision[place], before: was(view.before.decision[place]), strong: true }]);
      const now = `${view.turn} ${stage.colours.dark} ${stage.colours.size}`;
      if (now === told) return;
      told = now;
      furnish();
    },
  };
}
