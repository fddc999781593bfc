// Items of any axis: pictures or names, weights to drag, quantities, and which of them matters.

export default explorer((stage) => {
  const items = Object.assign(itemsOf(stage, { noun: "item", field: "item" }), { sheet: null, image: null });
  items.ready = () => Boolean(items.sheet && items.view);
  items.name = (place) => items.sheet.names[place];
  items.paint = (context, place, x, y, side) => {
    if (items.image) return drawCell(context, items.image, { cell: items.sheet.cell, across: Math.min(16, items.count()) }, place, x, y, side);
    [context.fillStyle, context.textAlign, context.textBaseline] = [stage.colours.ink, "center", "middle"];
    context.font = `${0.8 * stage.colours.size}px ${stage.colours.font}`;
    return wrap(context, items.name(place), x + side / 2, y + side / 2, side);
  };
  const hand = itemsHand(stage, items);
  const { readout } = stage;
  const caption = el("p.note.it-caption", { role: "status" });
  const drop = el("button.button", { type: "button", onclick: hand.drop });
  const reset = el("button.button", { type: "button", text: "Reset", title: "All items, with the model's own weights (Escape)", onclick: () => stage.act("reset") });
  const body = el("div");
  stage.body.append(body);
  let [rows, charts, tabsOf] = [[], null, null];

  function furnish() {
    const { sheet } = items;
    items.noun = sheet.axis;
    const labels = () => sheet.labels;
    const strip = stripRow(stage, items, { label: `Each ${sheet.axis}` });
    const weight = weightRow(stage, items, hand);
    const more = sheet.quantities.map((key) => barRow(stage, items, { key, name: key, label: `${key} of each ${sheet.axis}` }));
    const signed = sheet.contribution ? [signedRow(stage, items, { key: "contribution", name: "contribution", label: `What each ${sheet.axis} adds to the logit` })] : [];
    const map = sheet.alone ? [mapRow(stage, items, { key: "alone", name: "alone", label: `The probability of each label if one ${sheet.axis} had all the weight`, labels })] : [];
    const compare = comparePanel(stage, items, { meaning: (name, label) => ({
      weight: `the share that the model gives the ${sheet.axis}`,
      contribution: `what it adds to the logit of ${label}`,
      removal: `how far the logit of ${label} falls without it`,
      truth: "where the answer truly lies",
    }[name] ?? "") });
    rows = [strip, weight, ...more, ...signed, ...map, compare];
    charts = bars(sheet.labels, { pick: (label) => stage.ask({ label }), caption: `Probability of each label; choose one to see what each ${sheet.axis} adds to it`, heads: ["", "", "now", "before"] });
    const all = [
      { view: "cursor", name: "Under the cursor", parts: [...more, ...signed] },
      { view: "alone", name: "Alone", parts: map },
      { view: "matters", name: `Which ${sheet.axis} matters?`, parts: [compare] },
    ].filter(({ parts }) => parts.length);
    /** @type {Record<string, [string, HTMLElement]>} */
    const views = Object.fromEntries(all.map(({ view, name, parts }) => [view, [name, el("div.panel", {}, ...parts.map((one) => one.node))]]));
    tabsOf = keptTabs(stage, { field: "tab", label: "Views", views, fixed: () => false });
    body.replaceChildren(el("div.it-columns", {},
      el("div.column", {}, strip.node, weight.node, el("div.choice.it-tools", { role: "group", "aria-label": "Tools" }, drop, reset),
        tabsOf.node, ...Object.values(views).map(([, node]) => node)),
      el("div.column.it-side", {}, caption, el("div.answers", {}, charts.node))));
    map.forEach((one) => one.fit());
  }

  function say() {
    const { sheet, view } = items;
    const [first, then] = [view.before, view.now].map((values) => values.indexOf(Math.max(...values)));
    const name = (label, values) => `${sheet.labels[label]} ${number(values[label])}`;
    const touched = stage.state.values || stage.state.dropped?.length;
    readout.replaceChildren("label: ", ...(touched ? [name(first, view.before), " → ", el("b", { text: name(then, view.now) })] : [el("b", { text: name(then, view.now) })]));
    const place = items.cursor();
    const reason = view.reasons[place];
    caption.textContent = `${items.name(place)}: ${reason ? `not used: ${reason}` : `its weight is ${number(items.values("weight")[place], 3)}, ${number(items.values("weight")[place] * items.usable(), 1)} times 1/N`}.`;
    hand.offer(drop, `Give this ${sheet.axis} no weight (x)`);
    reset.disabled = !touched;
    for (const one of rows) one.say?.(place);
  }

  const step = (by) => (event) => items.ready() && items.go(items.at() + by * (event.shiftKey ? 5 : 1));
  const when = (act) => (event) => items.ready() && act(event);
  return {
    async picture(told) {
      items.image = told.sprite ? await createImageBitmap(new Blob([told.sprite], { type: "image/webp" })) : null;
      items.sheet = told;
      keepFocus(stage.root, furnish);
      stage.root.dataset.sheet = "1";
      stage.repaint();
    },
    answer(answer) {
      items.follow();
      const known = (values) => values.map((value) => value ?? NaN);
      const read = Object.fromEntries(Object.entries(answer.rows).map(([name, bytes]) => [name, floats(bytes)]));
      items.view = { ...answer, rows: read, words: {}, now: known(answer.now), before: known(answer.before), measures: answer.measures.map((one) => ({ ...one, tau: one.tau ?? NaN, auc: one.auc ?? NaN, values: floats(one.values) })) };
    },
    draw() {
      if (!items.ready()) return;
      tabsOf.draw();
      rows[0]?.fit();
      say();
      charts.set(items.view.now, items.view.before, items.view.label);
      rows[rows.length - 1].draw();
    },
    keys: {
      ArrowLeft: step(-1), ArrowRight: step(1), Home: step(-1e4), End: step(1e4),
      ArrowUp: when(hand.nudge(1)), ArrowDown: when(hand.nudge(-1)), x: when(hand.drop), Delete: when(hand.drop), Escape: when(() => stage.act("reset")),
    },
  };
});
