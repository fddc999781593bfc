// Frames: four answers to "which frame matters?" on one axis, and other weights with the same answer.

const MARKS = { weight: "circle", contribution: "square", attribution: "triangle", removal: "diamond" };
const NAMES = { weight: "attention", contribution: "contribution", attribution: "attribution", removal: "removal", truth: "truth" };

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

/** The panel "Which frame matters?". */
function comparePanel(stage, film) {
  const hidden = new Set();
  const made = row(stage, film, { name: "share", label: "Attention, contribution, attribution, removal and truth of each frame, on one axis", tall: "15em", paint, text: () => "" });
  const table = el("table.table.fr-table");
  const notes = [el("p.note"), el("p.note")];
  const node = el("div.panel", {}, made.node, table, ...notes);

  function paint(context, width, height) {
    const grid = backdrop(context, width, height, film, stage.colours);
    const shown = film.view.measures.filter((one) => !hidden.has(one.name));
    const values = shown.flatMap((one) => finite(one.values));
    const most = roundUp(Math.max(1.2 / film.usable(), ...values));
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
    level(context, grid, up(1 / film.usable()), stage.colours, "1/T");
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
  const meaning = (name, label) => ({
    weight: "the share of the clip that the model gives the frame",
    contribution: stage.state.variant === "mean" ? `what it adds to the probability of ${label}` : `what it adds to the logit of ${label}`,
    attribution: stage.state.variant === "mean" ? `integrated gradients of the log-probability of ${label} over its features` : `integrated gradients of the logit of ${label} over its features`,
    removal: `how far the log-probability of ${label} falls without it`,
    truth: "the visible emotional change, from the generator",
  }[name]);

  function line(one) {
    const toggle = el("button.cell", { type: "button", "aria-pressed": String(!hidden.has(one.name)), onclick: () => {
      if (!hidden.delete(one.name)) hidden.add(one.name);
      stage.repaint();
    } }, legend(one.name), NAMES[one.name]);
    const score = (value) => (one.name === "truth" ? "" : one.flat ? "flat" : number(value));
    return el("tr", {}, el("td", {}, toggle), el("td", { text: number(one.values[film.cursor()], 3) }), el("td", { text: score(one.tau) }), el("td", { text: score(one.auc) }), el("td", { text: meaning(one.name, film.view.label) }));
  }

  let told = "";
  return {
    node,
    draw() {
      const now = `${film.view.turn} ${film.cursor()} ${[...hidden]} ${stage.colours.dark} ${stage.colours.size}`;
      if (now === told) return;
      told = now;
      const focus = [...table.querySelectorAll("button")].indexOf(document.activeElement);
      const heads = ["measure", `frame ${film.cursor() + 1}`, "τ-b", "AUC", "what it is"].map((text) => el("th", { scope: "col", text }));
      table.replaceChildren(el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...film.view.measures.map(line)));
      if (focus >= 0) table.querySelectorAll("button")[focus]?.focus();
      notes[0].textContent = "Each measure is divided by the sum of its absolute values over the usable frames, so those without a sign sum to 1; what lies below the zero line speaks against the label. τ-b (Kendall): agreement with the truth in rank, −1 to 1. AUC: how well it parts frames with evidence of at least 0.8 from those with at most 0.2; 0.5 is chance.";
      notes[1].textContent = [film.view.words.truth, film.view.words.gradients].filter(Boolean).join(" ");
    },
  };
}

/** Small pictures of the marks, for the table. */
function stageMarks(stage) {
  return (name) => {
    const node = el("canvas.fr-mark", { "aria-hidden": "true" });
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

/** The panel "Same answer, other weights". */
function otherPanel(stage, film, hand) {
  const search = el("button.button.fr-main", { type: "button", text: "Look for other weights", onclick: hand.search });
  const rooms = choice("How far a probability may move", ["0.001", "0.01", "0.05"], (room) => stage.ask({ tolerance: Number(room) }));
  const made = row(stage, film, { name: "weights", hint: "up: now; down: the model's own", label: "The weights now, upwards, and the model's own, downwards", tall: "11em", paint, text: () => "" });
  const answer = el("p.fr-found", { role: "status" });
  const tools = el("div.choice", {}, search, el("span.fr-quiet", { text: "each probability within" }), rooms.node);
  const node = el("div.panel", {},
    el("p.note", { text: "Can the model give the same answer with quite different weights? The anchor is held, so the answer is linear in the weights before the softmax; the search looks for weights as far away as they get while the top label stays and no probability moves further than chosen." }),
    tools, answer, made.node,
    el("p.note", { text: "Jain and Wallace (2019, “Attention is not Explanation”, arXiv:1902.10186) take such weights as a sign that attention does not explain an answer. Wiegreffe and Pinter (2019, “Attention is not not Explanation”, arXiv:1908.04626) object that weights changed by hand, one clip at a time, belong to no model that training would have found." }));

  function paint(context, width, height) {
    const grid = backdrop(context, width, height, film, stage.colours);
    const [now, own] = [film.weights(), film.view.rows.own];
    const most = roundUp(Math.max(1.2 / film.usable(), ...finite(now), ...finite(own)));
    const up = (value) => height / 2 - (value / most) * (height / 2 - 2);
    columnBars(context, grid, { values: now, up, fill: () => stage.colours.bar, colours: stage.colours });
    columnBars(context, grid, { values: own.map((value) => -value), up, fill: () => css(mixed(stage)), colours: stage.colours });
    level(context, grid, up(0), stage.colours, "", []);
    ends(context, width, height, number(most), number(most), stage.colours);
  }

  return {
    node,
    draw() {
      rooms.draw(String(stage.state.tolerance));
      tools.hidden = film.fixed;
      search.disabled = film.usable() < 2;
      answer.textContent = film.usable() < 2 ? "One frame has all the weight, whatever it is: there is nothing to look for."
        : film.view.words.distance;
    },
  };
}
