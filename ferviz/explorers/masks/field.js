// Masks: which places of H the dilated stack reads for one place of R, and how often.

/** The panel "Receptive field". */
function fieldPanel(stage, face) {
  const AROUND = 6;  // places of padding that are drawn on each side
  const map = stage.canvas({ label: "The receptive field", paint });
  const presets = [[1, 1, 1], [1, 2, 3], [1, 2, 5], [2, 2, 2]];
  const name = (rates) => `(${rates.join(", ")})`;
  const chips = choice("Dilation rates", presets.map(name), (text) => stage.ask({ rates: presets.find((rates) => name(rates) === text) }));
  const free = el("input", { type: "text", "aria-label": "Rates of your own, 1 to 6", title: "Rates of your own, 1 to 6", "data-lm-suppress-shortcuts": "true" });
  const said = el("span.mk-refused", { role: "status" });
  free.onchange = () => {
    const rates = (free.value.match(/\S+/g) ?? []).flatMap((part) => part.split(/[,;()]+/)).filter(Boolean).map(Number);
    const fits = rates.length >= 1 && rates.length <= 5 && rates.every((rate) => Number.isInteger(rate) && rate >= 1 && rate <= 6);
    said.textContent = fits ? "" : "1 to 5 whole numbers from 1 to 6";
    if (fits) stage.ask({ rates });
  };
  free.addEventListener("keydown", (event) => event.stopPropagation());
  const numbers = el("dl.mk-facts");
  const shades = stage.canvas({ label: "Colour bar: paths", aspect: "auto", paint: (context, width, height) => face.view && colourbar(context, width, height, { scale: { signed: false, limit: most(), digits: 0 }, colours: stage.colours }) });
  shades.classList.add("fv-mk-bar");
  const meaning = el("p.note.help");
  const chooser = el("div.mk-line", { "data-tool": "" }, chips.node, el("label.mk-free.aside", {}, free), said);
  const node = el("div.panel", {}, el("div.mk-field", {}, el("div", {}, map, shades),
    el("div", {}, chooser,
      numbers, el("h5.sub.help", { text: "Paths from the place of R to each place of H" }), meaning,
      el("p.note.help", { text: "A rate spreads the 3 × 3 weights of a convolution so far apart that it looks further with no more numbers. Rates with a common factor leave a grid of holes (gridding). Only the drawing changes: the network keeps the rates it was trained with." }))));
  pointing(map, stage, face, AROUND);

  /** What is read from the cursor: ways along each axis, steps, and the counts. */
  function found() {
    const { side, paths, reads } = face.view;
    const [row, column] = face.cursor();
    const along = (at) => paths.slice(at * side, (at + 1) * side);
    const [down, across] = [along(row), along(column)];
    const count = (line) => line.reduce((sum, one) => sum + (one > 0), 0);
    const inside = (at) => reads.filter((step) => at + step >= 0 && at + step < side).length;
    const total = (line) => line.reduce((sum, one) => sum + one, 0);
    return {
      row, column, down, across,
      read: count(down) * count(across),
      outside: reads.length ** 2 - inside(row) * inside(column),
      kept: (total(down) * total(across)) / 9 ** face.view.rates.length,
    };
  }
  const most = () => {
    const { down, across } = found();
    return Math.max(...down) * Math.max(...across);
  };

  function paint(context, width) {
    if (!face.view) return;
    const { side, reads } = face.view;
    const { row, column, down, across } = found();
    const cell = width / (side + 2 * AROUND);
    const stops = stopsOf({ signed: false }, stage.colours.dark);
    const top = most();
    hatch(context, 0, 0, width, width, stage.colours);
    context.fillStyle = stage.colours.paper;
    context.fillRect(AROUND * cell, AROUND * cell, side * cell, side * cell);
    context.lineWidth = 1;
    for (let y = 0; y < side; y += 1) {
      for (let x = 0; x < side; x += 1) {
        const ways = down[y] * across[x];
        const [left, above] = [(AROUND + x) * cell, (AROUND + y) * cell];
        if (ways) {
          context.fillStyle = css(colour(stops, 0.2 + (0.8 * ways) / top));
          context.fillRect(left + 1, above + 1, cell - 1, cell - 1);
        } else {
          context.strokeStyle = stage.colours.quiet;
          context.globalAlpha = 0.25;
          context.strokeRect(left + 1.5, above + 1.5, cell - 2, cell - 2);
          context.globalAlpha = 1;
        }
      }
    }
    const beyond = (at) => at < 0 || at >= side;
    context.strokeStyle = stage.colours.accent;
    context.lineWidth = 1.5;
    for (const dy of reads) {
      for (const dx of reads) {
        const [y, x] = [row + dy, column + dx];
        if ((beyond(y) || beyond(x)) && Math.min(x, y) >= -AROUND && Math.max(x, y) < side + AROUND) context.strokeRect((AROUND + x) * cell + 2.5, (AROUND + y) * cell + 2.5, cell - 4, cell - 4);
      }
    }
    context.strokeStyle = stage.colours.ink;
    context.strokeRect(AROUND * cell, AROUND * cell, side * cell, side * cell);
    outline(context, (AROUND + column) * cell, (AROUND + row) * cell, cell, stage.colours);
  }

  return {
    node,
    draw() {
      const { view } = face;
      const [wide, each] = [1 + view.reads[view.reads.length - 1] - view.reads[0], view.reads.length];
      const { row, column, read, outside, kept } = found();
      chips.draw(name(view.rates));
      chooser.hidden = face.fixed;
      if (document.activeElement !== free) free.value = view.rates.join(", ");
      const own = `${view.rates}` === `${face.sheet.rates}`;
      const rows = [
        ["Looks", `${wide} × ${wide} places wide: 1 + 2 · (${view.rates.join(" + ")})${own ? ", the network's own rates" : ""}`],
        ["Reads", `${each ** 2} of these ${wide ** 2}; ${wide === each ? "no holes" : `${wide ** 2 - each ** 2} are holes`}`],
        ["Here", `${read} on the map, ${outside} outside in the padding (row ${row}, column ${column})`],
        ["Paths", `${number(100 * kept, 0)} % of all ${(9 ** view.rates.length).toLocaleString("en").replaceAll(",", " ")} stay on the map`],
      ];
      numbers.replaceChildren(...rows.flatMap(([head, text]) => [el("dt", { text: head }), el("dd", { text })]));
      meaning.textContent = `Filled: read, the ${stage.colours.dark ? "lighter" : "darker"} the more often. Empty: a hole, or too far. Framed outside the map: read from the padding, which is 0.`;
      map.setAttribute("aria-label", `The receptive field. ${rows.map(([head, text]) => `${head}: ${text}`).join(". ")}.`);
    },
  };
}
