// Items: several answers to "which of them matters?" on one axis.

const MARKS = { weight: "circle", contribution: "square", attribution: "triangle", removal: "diamond" };

function markColour(name, colours) {
  return { weight: colours.bar, contribution: colours.accent, attribution: colours.dark ? "#e3a0c4" : "#a8447d", removal: colours.dark ? "#4cc9a0" : "#00785a", truth: colours.quiet }[name];
}

function mark(context, kind, x, y, size) {
  const shapes = {
    circle: () => context.arc(x, y, size, 0, 7),
    square: () => context.rect(x - size * 0.9, y - size * 0.9, 1.8 * size, 1.8 * size),
    triangle: () => [[0, -1.2], [1.1, 0.9], [-1.1, 0.9], [0, -1.2]].forEach(([a, b], i) => context[i ? "lineTo" : "moveTo"](x + a * size, y + b * size)),
    diamond: () => [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0], [0, -1.3]].forEach(([a, b], i) => context[i ? "lineTo" : "moveTo"](x + a * size, y + b * size)),
  };
  context.beginPath();
  shapes[kind]();
  context.fill();
}

/** Measures of the items on one axis; `meaning(name, label)` says what each is. */
function comparePanel(stage, items, { meaning, label = `Measures of which ${items.noun} matters, on one axis` }) {
  const hidden = new Set();
  const made = row(stage, items, { name: "share", label, tall: "6.4em", paint, text: () => "" });
  const table = el("table.table.it-table");
  const notes = [el("p.note.help"), el("p.note.help")];
  const node = el("div.panel", {}, made.node, table, ...notes);

  function paint(context, width, height) {
    const grid = backdrop(context, width, height, items, stage.colours);
    const shown = items.view.measures.filter((one) => !hidden.has(one.name));
    const values = shown.flatMap((one) => finite(one.values));
    const most = roundUp(Math.max(1.2 / items.usable(), ...values));
    const least = Math.min(0, ...values);
    const low = least < 0 ? -Math.min(roundUp(-least), roundUp(Math.max(most, -least))) : 0;
    const up = (value) => 4 + ((most - value) / (most - low)) * (height - 8);
    const truth = shown.find((one) => one.name === "truth");
    if (truth) {
      context.globalAlpha = 0.4;
      columnBars(context, grid, { values: truth.values, up, fill: () => stage.colours.quiet, colours: stage.colours });
      context.globalAlpha = 1;
    }
    level(context, grid, up(0), stage.colours, "", []);
    level(context, grid, up(1 / items.usable()), stage.colours, items.even());
    shown.filter((one) => one.name !== "truth").forEach((one) => trace(context, grid, one, up));
    ends(context, width, height, number(most), low < 0 ? number(low) : "0", stage.colours);
  }

  function trace(context, grid, { name, values }, up) {
    context.strokeStyle = context.fillStyle = markColour(name, stage.colours);
    context.lineWidth = 1.6;
    context.beginPath();
    let pen = false;
    values.forEach((value, place) => {
      if (Number.isFinite(value)) context[pen ? "lineTo" : "moveTo"](grid.middle(place), up(value));
      pen = Number.isFinite(value);
    });
    context.stroke();
    const size = clamp(grid.each * 0.14, 2, 4.5);
    values.forEach((value, place) => Number.isFinite(value) && mark(context, MARKS[name], grid.middle(place), up(value), size));
  }

  const legend = stageMarks(stage);
  function line(one) {
    const toggle = el("button.cell", { type: "button", "aria-pressed": String(!hidden.has(one.name)), onclick: () => {
      if (!hidden.delete(one.name)) hidden.add(one.name);
      stage.repaint();
    } }, legend(one.name), one.name === "weight" ? "attention" : one.name);
    const score = (value) => (one.name === "truth" ? "" : one.flat ? "flat" : number(value));
    return el("tr", {}, el("td", {}, toggle), el("td", { text: number(one.values[items.cursor()], 3) }), el("td", { text: score(one.tau) }), el("td", { text: score(one.auc) }), el("td", { text: meaning(one.name, items.view.label) }));
  }

  let told = "";
  return {
    node,
    draw() {
      const now = `${items.view.turn} ${items.cursor()} ${[...hidden]} ${stage.colours.dark} ${stage.colours.size}`;
      if (now === told) return;
      told = now;
      const heads = ["measure", items.name(items.cursor()), "τ-b", "AUC", "what it is"].map((text) => el("th", { scope: "col", text }));
      keepFocus(stage.root, () => table.replaceChildren(el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...items.view.measures.map(line))));
      notes[0].textContent = "Each measure is divided by the sum of its absolute values over those that can be used, so those without a sign sum to 1; what lies below the zero line speaks against the label. τ-b (Kendall): agreement with the truth in rank, −1 to 1. AUC: how well it parts those with evidence of at least 0.8 from those with at most 0.2, whatever leaves these so little; 0.5 is chance.";
      notes[1].textContent = [items.view.words.truth, items.view.words.gradients].filter(Boolean).join(" ");
    },
  };
}

/** Small pictures of the marks, for the table. */
function stageMarks(stage) {
  return (name) => {
    const node = el("canvas.it-mark", { "aria-hidden": "true" });
    [node.width, node.height] = [52, 28];
    const context = node.getContext("2d");
    context.scale(2, 2);
    context.strokeStyle = context.fillStyle = markColour(name, stage.colours);
    if (name === "truth") {
      context.globalAlpha = 0.4;
      context.fillRect(5, 1, 16, 12);
      return node;
    }
    context.lineWidth = 1.6;
    context.beginPath();
    context.moveTo(0, 7);
    context.lineTo(26, 7);
    context.stroke();
    mark(context, MARKS[name], 13, 7, 4);
    return node;
  };
}
