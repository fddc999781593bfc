// Heads: which weights move in each step of the course, and what each body costs.

const millions = (count) => (count >= 1e5 ? `${number(count / 1e6)} M` : count >= 1e3 ? `${number(count / 1e3, 1)} k` : String(count));

/** What needs no kernel is shown at once in a page without one. */
function wishOrShow(stage, heads, changes) {
  if (!heads.fixed) stage.ask(changes);
  else {
    Object.assign(stage.state, changes);
    stage.repaint();
  }
}

/** The freeze switch: choose a step, and see what of the network moves in it. */
function coursePanel(stage, heads) {
  let steps = null;
  const parts = el("div.hd-parts", { role: "group", "aria-label": "Parts of the network in this step" });
  const said = el("p.note.keep");
  const order = el("div");
  const node = el("div.panel", {}, order, parts, said,
    el("p.note.help", { text: "Frozen is a schedule, not a state for ever: a new head first learns on a body that stands still, then both move, in “all” at half the rate, in “longer” at twice the rate. Frozen means every weight and every statistic of a batch norm. “again” is ours (the paper's networks are separate files), and so are “longer” and “last”, the road from “head” to the network that ships." }));
  const step = () => heads.sheet.course.find((one) => one.name === stage.state.step);

  return {
    node,
    furnish() {
      steps = choice("Step of the course", heads.sheet.course.map((one) => one.name), (name) => wishOrShow(stage, heads, { step: name }));
      order.replaceChildren(steps.node);
    },
    next() {
      const names = heads.sheet.course.map((one) => one.name);
      wishOrShow(stage, heads, { step: names[(names.indexOf(stage.state.step) + 1) % names.length] });
    },
    draw() {
      if (node.hidden) return;
      steps.draw(stage.state.step);
      const now = step();
      const block = ({ name, count, moves }) => el(`div.hd-part.${moves ? "hd-moving" : "hd-frozen"}${name === "body" ? ".hd-body" : ""}`, {},
        el("b", { text: name }), el("span", { text: `${millions(count)} weights` }), el("span.hd-word", { text: moves ? "moves" : "frozen" }));
      const [body, ...others] = now.parts;
      parts.replaceChildren(block(body), el("span.hd-arrow", { text: `→ ${heads.sheet.width} →`, "aria-hidden": "true" }), el("div.hd-heads", {}, ...others.map(block)));
      const [all, moving] = [now.parts, now.parts.filter((one) => one.moves)].map((some) => some.reduce((sum, one) => sum + one.count, 0));
      said.textContent = `Step “${now.name}”${now.before ? `, after “${now.before}”` : ", from nothing"}: it learns ${now.learns === "emotion" ? "expressions" : now.learns === "identity" ? "who people are" : "the generator's parameters"}. `
        + `${millions(moving)} of ${millions(all)} weights move (${number((100 * moving) / all, moving < 0.1 * all ? 1 : 0)} %), ${now.epochs} epochs at a rate of ${now.rate}${now.sharp ? ", sharpness-aware" : ""}${now.learns !== "emotion" ? "" : now.weighted ? ", labels weighted" : ", every face alike"}. `
        + (body.moves ? "" : "The body's batch norms keep their statistics.")
        + (now.people ? `The classifier of its ${now.people.toLocaleString("en")} people is thrown away afterwards: no network that ships has it.` : "");
    },
  };
}

/** The body switch: parameters, size in a file at three precisions, and time for a face. */
function bodiesPanel(stage, heads) {
  const table = el("table.table.it-table.hd-table");
  const budget = dial({ name: "Budget for a face", ends: [1, 200], step: 1, show: fixed(0, " ms"), read: () => stage.state.budget, write: (value) => wishOrShow(stage, heads, { budget: value }) });
  const said = el("p.note.keep", { role: "status" });
  const node = el("div.panel", {}, table, el("div.hd-budget", {}, budget.node), said,
    el("p.note.help", { text: "Sizes are those of the body alone, without heads. Milliseconds: CPU time for one face at the body's own size, measured in this kernel when its row is chosen, the median of five; weights that are drawn by chance take as long as trained ones." }));
  const ask = whenRested(stage, heads, () => !(stage.state.body in heads.view.times) && stage.act("time"));
  let told = "";

  function line(one) {
    const time = heads.view.times[one.name];
    const chosen = one.name === stage.state.body;
    const within = time === undefined ? "" : time <= stage.state.budget ? "fits" : "too slow";
    const pick = el("button.cell", { type: "button", "aria-pressed": String(chosen), onclick: () => wishOrShow(stage, heads, { body: one.name }) }, one.name);
    const cells = [`${one.side} px`, millions(one.parameters), ...one.megabytes.map((size) => number(size, size < 1 ? 2 : 1)), time === undefined ? (chosen && !heads.fixed ? "…" : "–") : number(time, 1), within];
    return el(chosen ? "tr.hd-chosen" : "tr", {}, el("td", {}, pick), ...cells.map((text) => el("td", { text })));
  }

  return {
    node,
    furnish() {
      [budget.node.querySelector("input").min, budget.node.querySelector("input").max] = heads.sheet.budgets.map(String);
    },
    next() {
      const names = heads.sheet.bodies.map((one) => one.name);
      wishOrShow(stage, heads, { body: names[(names.indexOf(stage.state.body) + 1) % names.length] });
    },
    draw() {
      if (node.hidden) return;
      ask();
      budget.draw();
      const now = JSON.stringify([stage.state.body, stage.state.budget, heads.view.times, heads.fixed]);
      if (now === told) return;
      told = now;
      const focus = [...table.querySelectorAll("button")].indexOf(document.activeElement);
      const names = ["body", "face", "weights", "MB, 32 bit", "16 bit", "8 bit", "ms here", ""].map((text) => el("th", { scope: "col", text }));
      table.replaceChildren(el("thead", {}, el("tr", {}, ...names)), el("tbody", {}, ...heads.sheet.bodies.map(line)));
      if (focus >= 0) table.querySelectorAll("button")[focus]?.focus();
      const [one, time] = [heads.sheet.bodies.find(({ name }) => name === stage.state.body), heads.view.times[stage.state.body]];
      said.textContent = `${one.name}: ${millions(one.parameters)} weights, ${number(one.megabytes[1], 1)} MB at 16 bit${time === undefined ? "" : `, ${number(time, 1)} ms a face here: ${time <= stage.state.budget ? "within" : "over"} the budget of ${number(stage.state.budget, 0)} ms`}.`;
    },
  };
}
