// Masks: the face and every map of the network in one row, switches for its modules, and two panels below.

export default explorer((stage) => {
  const looked = { hovered: null };
  let charts = null;
  const face = {
    sheet: null, view: null, fixed: false,
    ready: () => Boolean(face.sheet && face.view && face.view.sheet === face.sheet.turn),
    cursor: () => looked.hovered ?? [stage.state.row, stage.state.column],
    hover(place) {
      if (`${looked.hovered}` === `${place}`) return;
      looked.hovered = place;
      stage.repaint();
    },
    keep([row, column]) {
      looked.hovered = null;
      if (face.fixed) {
        Object.assign(stage.state, { row, column });
        stage.repaint();
      } else stage.ask({ row, column });
    },
  };

  const sources = el("select.select", { "aria-label": "Face", onchange: () => {
    waiting.begin();
    stage.ask({ source: sources.value });
  } });
  const frame = dial({ name: "Frame", ends: [0, 1], step: 1, show: (at) => `${at} of ${face.sheet.frames}`, read: () => stage.state.frame, write: (at) => stage.ask({ frame: at }) });
  const head = el("div.mk-head", { "data-tool": "" });
  const { readout } = stage;
  const row = pictureRow(stage, face);
  const numbers = numbersPanel(stage, face);
  const switches = switchBoard(stage, face);
  const field = fieldPanel(stage, face);
  const truth = truthPanel(stage, face);
  // above: what is looked at; below: what a hand moves, or the receptive field
  // the truth is worked out without the field: one makes room for the other
  const alone = () => face.fixed;
  const views = keptTabs(stage, { field: "tab", label: "Maps", fixed: alone, views: { network: ["Inside the network", row.node], truth: ["Against the truth", truth.node] },
    also: (view) => (view === "truth" && stage.state.panel === "field" ? { panel: "expression" } : {}) });
  /** @type {Record<string, [string, HTMLElement]>} */
  const panels = { switches: ["Switches", switches.node], expression: ["Expression", truth.dials], field: ["Receptive field", field.node] };
  const tools = keptTabs(stage, { field: "panel", label: "Tools", fixed: alone, views: panels, also: (panel) => (panel === "field" && stage.state.tab === "truth" ? { tab: "network" } : {}) });
  const answers = el("div.answers");
  const said = el("p.note.mk-said", { role: "status" });
  const maps = el("div.mk-maps", {}, row.inputs, el("div", {}, row.node, truth.node));
  const files = exports(stage, "masks", () => face.sheet, stage.root, "your own picture");
  stage.body.append(head, maps, el("div.mk-columns", {},
    el("div", {}, el("div", { "data-tool": "" }, tools.node), switches.node, truth.dials, field.node, truth.line),
    el("div", {}, answers, numbers.node)));
  switches.node.append(said);

  // another clip may need its face found: that is said, and the old one stays until then
  const waiting = longWish(stage, "Looking for the face of another picture …");

  function furnish() {
    const { sheet } = face;
    offer(sources, sheet.sources, { shown: sheet.source, own: sheet.held && "your own picture", say: (name) => (name === "synthetic" ? "synthetic, with dials" : name) });
    frame.node.hidden = sheet.frames < 2;
    frame.node.querySelector("input").max = String(Math.max(1, sheet.frames - 1));
    head.replaceChildren(...(sheet.offline ? [el("span.quiet", { text: "Saved without its kernel: hovering reads the numbers, the switches rest." })] : [
      el("label.mk-pair", {}, el("span.quiet", { text: "Face" }), sources), frame.node]), views.node, files.node);
    charts = bars(sheet.labels, { pick: sheet.offline ? null : (label) => stage.ask({ label }), caption: "Probability of each label; choose one to see where its logit comes from", heads: ["", "", "now", "trained"] });
    const note = sheet.own ? "Your picture. It is not saved with the notebook." : "A label is the word that annotators would choose for the picture, not what a person feels.";
    answers.replaceChildren(charts.node, el("p.note.help", { text: note }));
    switches.furnish();
    truth.furnish();
    tools.node.hidden = Boolean(sheet.offline);
    if (sheet.offline) tools.tab("field").click();  // it needs no kernel
  }

  function say() {
    const { sheet, view } = face;
    const [first, then] = [view.before, view.now].map((values) => values.indexOf(Math.max(...values)));
    const name = (label, values) => `${sheet.labels[label]} ${number(values[label])}`;
    readout.replaceChildren("label: ");
    if (switches.touched()) readout.append(name(first, view.before), " → ", el("b", { text: first === then ? number(view.now[then]) : name(then, view.now) }));
    else readout.append(el("b", { text: name(then, view.now) }));
    const shown = sheet.own ? "your own picture" : sheet.source === "synthetic" ? `a synthetic face, ${expressed(stage.state)}` : sheet.source;
    readout.append(el("span.quiet", { text: ` ${shown}${switches.touched() ? "; as trained → with the switches" : ""}` }));
    said.textContent = waiting.said() || view.words.switches;
  }

  const step = (down, across) => (event) => {
    if (!face.ready()) return;
    const [at, far, last] = [face.cursor(), event.shiftKey ? 4 : 1, face.view.side - 1];
    face.keep([clamp(at[0] + down * far, 0, last), clamp(at[1] + across * far, 0, last)]);
  };
  const when = (act) => () => face.ready() && !face.fixed && act();
  return {
    picture(told) {
      Object.assign(face, { sheet: told, fixed: Boolean(told.offline) });
      looked.hovered = null;
      keepFocus(stage.root, furnish);
      stage.root.dataset.sheet = told.turn;
    },
    answer(answer) {
      waiting.end();
      const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const maps = Object.fromEntries(Object.entries(answer.maps).map(([name, values]) => [name, floats(values)]));
      const images = { face: toImage(bytes(answer.face), answer.size), texture: grayImage(bytes(answer.texture), answer.size, answer.size) };
      face.view = { ...answer, maps, images, paths: floats(answer.paths), against: answer.against && revealed(answer.against, bytes) };
    },
    draw() {
      if (!face.ready()) return;
      sources.value = face.sheet.source;
      frame.draw();
      views.tab("truth").hidden = face.fixed && !face.view.against;  // it was not worked out when the page was saved
      views.draw();
      if (!face.fixed) tools.draw();
      numbers.node.hidden = row.node.hidden;
      truth.line.hidden = truth.node.hidden;
      said.hidden = !truth.node.hidden;  // the truth is about the network as trained
      row.draw();
      numbers.draw();
      switches.draw();
      say();
      charts.set(face.view.now, face.view.before, face.view.label);
      truth.draw();
      field.draw();
      files.draw();
    },
    keys: {
      ArrowLeft: step(0, -1), ArrowRight: step(0, 1), ArrowUp: step(-1, 0), ArrowDown: step(1, 0),
      ".": when(() => switches.channel(1)), ",": when(() => switches.channel(-1)), m: when(() => stage.ask({ channel: null })),
      a: when(() => stage.ask({ attention: !stage.state.attention })), r: when(() => stage.ask({ reconstruction: !stage.state.reconstruction })),
      t: when(switches.next), Escape: when(() => stage.ask({ texture: "", attention: true, reconstruction: true })),
    },
  };
});

/** The switches of the modules, and the channel that is drawn. */
function switchBoard(stage, face) {
  const words = { original: "LBP original", circle: "LBP circle", uniform: "LBP uniform", sobel: "Sobel", raw: "raw", flat: "flat" };
  const kind = () => stage.state.texture || face.sheet.trained;
  const ask = (name) => stage.ask({ texture: name === face.sheet.trained ? "" : name });
  const textures = choice("What the texture branch reads", Object.values(words), (text) => ask(Object.keys(words).find((name) => words[name] === text)));
  const onOff = (label, field) => choice(label, ["on", "off"], (text) => stage.ask({ [field]: text === "on" }));
  const [attention, reconstruction] = [onOff("Attention", "attention"), onOff("Reconstruction", "reconstruction")];
  const mean = choice("Channel", ["mean of all", "one"], (text) => stage.ask({ channel: text === "one" ? stage.state.channel ?? 0 : null }));
  const which = dial({ name: "channel", ends: [0, 63], step: 1, show: fixed(0), read: () => stage.state.channel ?? NaN, write: (channel) => stage.ask({ channel }) });
  const colours = choice("Colours of the mask", ["0 to 1", "about its mean"], (text) => stage.ask({ stretch: text !== "0 to 1" }));
  const aside = (part) => (part.classList.add("fv-aside"), part);
  const line = (text, node) => [el("span.quiet", { text }), node];
  const modules = el("div.mk-line", {}, attention.node, el("span.mk-pair", {}, el("span.quiet", { text: "Reconstruction" }), reconstruction.node));
  const node = el("div.mk-board", {}, el("div.mk-grid", { "data-tool": "" }, ...line("Texture reads", textures.node), ...line("Attention", modules),
    ...[...line("Channel", el("div.mk-pair", {}, mean.node, which.node)), ...line("Mask's colours", colours.node)].map(aside)));
  return {
    node,
    touched: () => Boolean(stage.state.texture) || !stage.state.attention || !stage.state.reconstruction,
    channel(by) {
      const all = face.sheet.channels;
      stage.ask({ channel: ((stage.state.channel ?? (by > 0 ? -1 : 0)) + by + all) % all });
    },
    next() {
      const names = Object.keys(words);
      ask(names[(names.indexOf(kind()) + 1) % names.length]);
    },
    furnish() {
      node.firstChild.hidden = face.fixed;
      which.node.querySelector("input").max = String(face.sheet.channels - 1);
      [...textures.node.children].forEach((button, at) => { button.title = face.sheet.kinds[Object.keys(words)[at]] + (Object.keys(words)[at] === face.sheet.trained ? " (trained with it)" : ""); });
    },
    draw() {
      textures.draw(words[kind()]);
      attention.draw(stage.state.attention ? "on" : "off");
      reconstruction.draw(stage.state.reconstruction ? "on" : "off");
      colours.draw(stage.state.stretch ? "about its mean" : "0 to 1");
      mean.draw(stage.state.channel === null ? "mean of all" : "one");
      which.node.hidden = stage.state.channel === null;
      which.draw();
    },
  };
}
