// Heads: the feature as a barcode, what each of its numbers adds to each head, and what raises the one under the cursor.

/** The barcode with its rows, and the number under the cursor. */
function barcodePanel(stage, heads) {
  const NAMES = ["emotion", "age", "gender", "ethnicity"];
  const limits = { feature: 1, fed: 1, spread: 1 };
  const signed = () => ({ signed: true, limit: limits.fed });
  const rows = [
    stripes(stage, heads, { name: "feature", label: "Each number of the feature", values: () => heads.view.feature, scale: () => ({ signed: false, limit: limits.feature }) }),
    ...NAMES.map((head) => stripes(stage, heads, { name: "", label: `What each number of the feature adds to the head of ${head}`, values: () => heads.view.fed[head] ?? null, scale: signed })),
  ];
  const bands = el("div.it-row.hd-bands.aside", {}, el("div.it-name.it-quiet", { text: "feature; logits" }), el("div.hd-two", {},
    stripesBar(stage, heads, "Colour bar of the feature", () => ({ signed: false, limit: limits.feature, digits: 1 })), stripesBar(stage, heads, "Colour bar of what is added to logits", () => ({ ...signed(), digits: 2 }))));
  const current = () => (heads.view.raised && stage.state.channel === heads.cursor() ? heads.view.raised : null);
  const face = spreadCanvas(stage, heads, {
    label: "What of the face raises this number", spread: current, scale: () => ({ signed: true, limit: limits.spread, digits: 0 }),
    empty: () => (heads.fixed ? "Not worked out before this page was saved." : heads.cursor() === heads.at() ? "Worked out when the hand rests …" : "Click to work it out."),
  });
  const title = el("h5.sub");
  const moves = signedBars({ caption: "How far the dials move this number" });
  const nothing = el("p.note");
  const node = el("div.panel", {}, ...rows.map((one) => one.node), bands,
    el("div.hd-number", {}, face, el("div", {}, title, moves.node, nothing)),
    el("p.note.help", { text: "What a number adds to a logit is exact: the layers behind the feature are linear, with their ReLUs as this face opens and closes them. The numbers of the age row are for the logit of the most probable age." }));
  const ask = whenRested(stage, heads, () => {
    if (heads.strayed()) stage.ask(heads.here());
    else if (!heads.view.raised || !Object.keys(heads.view.moves).length) stage.act("raise");
  });

  function sayMoves(place) {
    const found = Object.entries(heads.view.moves).map(([name, values]) => ({ name, value: values[place] }));
    const why = heads.sheet.source !== "synthetic" ? "Only a face with dials can be moved." : heads.fixed ? "Not worked out before this page was saved." : "Worked out when the hand rests …";
    nothing.textContent = found.length ? "" : why;
    nothing.hidden = !nothing.textContent;
    moves.set(found);
  }

  const changed = news();
  return {
    node,
    draw() {
      if (node.hidden) return;
      ask();
      const { view } = heads;
      if (!changed(view, heads.sheet, heads.cursor(), stage.state.channel)) return;
      limits.feature = roundUp(Math.max(1e-6, ...view.feature));
      limits.fed = roundUp(Math.max(1e-6, ...Object.values(view.fed).flatMap((values) => [...values].map(Math.abs))));
      if (current()) limits.spread = limitOf([current()]);
      const place = heads.cursor();
      rows.forEach((one) => one.say(place));
      rows.slice(1).forEach((one, at) => {
        one.node.querySelector("b").textContent = `to ${view.told[NAMES[at]] ?? ""}`;
        one.node.hidden = !(NAMES[at] in view.told);
      });
      title.textContent = `Number ${place} of ${heads.count()} is ${number(view.feature[place], 3)}${view.feature[place] ? "" : ": it adds nothing to any head"}; what raises or lowers it`;
      sayMoves(place);
    },
  };
}
