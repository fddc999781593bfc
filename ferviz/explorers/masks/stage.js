// Masks: the face and every map of the network in one row, switches for its modules, and two panels below.

export default explorer((stage) => {
  const looked = { hovered: null };
  let charts = null;
  let busy = 0;
  const face = {
    sheet: null, view: null,
    ready: () => Boolean(face.sheet && face.view && face.view.sheet === face.sheet.turn),
    cursor: () => looked.hovered ?? [stage.state.row, stage.state.column],
    seen: (panel) => stage.state.panel === panel,
    hover(place) {
      if (`${looked.hovered}` === `${place}`) return;
      looked.hovered = place;
      stage.repaint();
    },
    keep([row, column]) {
      looked.hovered = null;
      if (face.sheet.offline) {
        Object.assign(stage.state, { row, column });
        stage.repaint();
      } else stage.ask({ row, column });
    },
  };

  const sources = el("select.select", { "aria-label": "Face", onchange: () => {
    wait();
    stage.ask({ source: sources.value });
  } });
  const frame = dial({ name: "Frame", ends: [0, 1], step: 1, show: (at) => `${at} of ${face.sheet.frames}`, read: () => stage.state.frame, write: (at) => stage.ask({ frame: at }) });
  const head = el("div.mk-head");
  const readout = el("p.readout");
  const row = pictureRow(stage, face);
  const numbers = numbersPanel(stage, face);
  const switches = switchBoard(stage, face);
  const field = fieldPanel(stage, face);
  const truth = truthPanel(stage, face);
  const panels = { maps: truth.node, field: field.node };
  const tabList = tabs(["Against the truth", "Receptive field"], Object.values(panels), "Views");
  const answers = el("div.answers");
  const said = el("p.note.mk-said", { role: "status" });
  const area = el("div", {}, readout, row.node,
    el("div.mk-columns", {}, el("div", {}, switches.node, numbers.node), el("div", {}, answers)),
    el("div.mk-tabs", { "data-tool": "" }, tabList), ...Object.values(panels));
  const files = exports(stage, "masks", () => face.sheet, area);
  stage.body.append(head, area, files.node);
  switches.node.append(said);

  // a tab is state, so that the line of code brings it back; the arrow keys choose by the focus
  const named = Object.keys(panels);
  const chosen = () => named[[...tabList.children].findIndex((tab) => tab.getAttribute("aria-selected") === "true")];
  const tell = () => chosen() !== stage.state.panel && !face.sheet?.offline && stage.ask({ panel: chosen() });
  tabList.addEventListener("click", tell);
  tabList.addEventListener("focusin", () => requestAnimationFrame(tell));

  // another clip may need its face found: that is said, and the old one stays until then
  function wait() {
    clearTimeout(busy);
    busy = setTimeout(() => { said.textContent = "Looking for the face of another picture …"; }, 300);
  }

  function furnish() {
    const { sheet } = face;
    const own = sheet.held ? [["", "your own picture"]] : [];
    sources.replaceChildren(...[...own, ...sheet.sources.map((name) => [name, name === "synthetic" ? "synthetic, with dials" : name])].map(([value, text]) => el("option", { value, text })));
    frame.node.hidden = sheet.frames < 2;
    frame.node.querySelector("input").max = String(Math.max(1, sheet.frames - 1));
    head.replaceChildren(...(sheet.offline ? [el("span.quiet", { text: "Saved without its kernel: hovering reads the numbers, the switches rest." })] : [
      el("label.mk-pair", {}, el("span.quiet", { text: "Face" }), sources), frame.node, ...switches.heads]));
    charts = bars(sheet.labels, { pick: sheet.offline ? null : (label) => stage.ask({ label }), caption: "Probability of each label; choose one to see where its logit comes from", heads: ["", "", "now", "trained"] });
    const note = sheet.own ? "Your picture. It is not saved with the notebook." : "A label is the word that annotators would choose for the picture, not what a person feels.";
    answers.replaceChildren(charts.node, el("p.note", { text: note }));
    switches.furnish();
    truth.furnish();
    tabList.hidden = Boolean(sheet.offline);
  }

  function say() {
    const { sheet, view } = face;
    const [first, then] = [view.before, view.now].map((values) => values.indexOf(Math.max(...values)));
    const name = (label, values) => `${sheet.labels[label]} ${number(values[label])}`;
    readout.replaceChildren("label: ");
    if (switches.touched()) readout.append(name(first, view.before), " → ", el("b", { text: first === then ? number(view.now[then]) : name(then, view.now) }));
    else readout.append(el("b", { text: name(then, view.now) }));
    const { emotion, intensity, units } = stage.state;
    const shown = sheet.own ? "your own picture" : sheet.source !== "synthetic" ? sheet.source : units ? `a synthetic face, your own units × ${number(intensity)}` : `a synthetic face, ${emotion} at ${number(intensity)}`;
    readout.append(el("span.quiet", { text: ` ${shown}${switches.touched() ? "; as trained → with the switches" : ""}` }));
    said.textContent = view.words.switches;
  }

  const step = (down, across) => (event) => {
    if (!face.ready()) return;
    const [at, far, last] = [face.cursor(), event.shiftKey ? 4 : 1, face.view.side - 1];
    face.keep([clamp(at[0] + down * far, 0, last), clamp(at[1] + across * far, 0, last)]);
  };
  const when = (act) => () => face.ready() && !face.sheet.offline && act();
  return {
    picture(told) {
      face.sheet = told;
      looked.hovered = null;
      furnish();
      stage.root.dataset.sheet = told.turn;
    },
    answer(answer) {
      clearTimeout(busy);
      const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const maps = Object.fromEntries(Object.entries(answer.maps).map(([name, values]) => [name, floats(values)]));
      const images = { face: toImage(bytes(answer.face), answer.size), texture: grayImage(bytes(answer.texture), answer.size, answer.size) };
      face.view = { ...answer, maps, images, paths: floats(answer.paths), against: answer.against && revealed(answer.against, bytes) };
    },
    draw() {
      if (!face.ready()) return;
      sources.value = face.sheet.source;
      frame.draw();
      const at = named.indexOf(stage.state.panel);
      if (chosen() !== stage.state.panel) tabList.children[at].click();
      row.draw();
      numbers.draw();
      switches.draw();
      say();
      charts.set(face.view.now, face.view.before, face.view.label);
      (face.seen("maps") ? truth : field).draw();
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
  const colours = choice("Colours of the mask", ["0 to 1", "stretched"], (text) => stage.ask({ stretch: text === "stretched" }));
  const line = (text, node) => [el("span.quiet", { text }), node];
  const modules = el("div.mk-line", {}, attention.node, el("span.mk-pair", {}, el("span.quiet", { text: "Reconstruction" }), reconstruction.node));
  const node = el("div.mk-board", {}, el("div.mk-grid", { "data-tool": "" }, ...line("Texture branch reads", textures.node), ...line("Attention", modules)));
  return {
    node,
    heads: [el("span.mk-pair", {}, el("span.quiet", { text: "Channel" }), mean.node, which.node), el("span.mk-pair", {}, el("span.quiet", { text: "Mask's colours" }), colours.node)],
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
      node.firstChild.hidden = Boolean(face.sheet.offline);
      which.node.querySelector("input").max = String(face.sheet.channels - 1);
      [...textures.node.children].forEach((button, at) => { button.title = face.sheet.kinds[Object.keys(words)[at]] + (Object.keys(words)[at] === face.sheet.trained ? " (trained with it)" : ""); });
    },
    draw() {
      textures.draw(words[kind()]);
      attention.draw(stage.state.attention ? "on" : "off");
      reconstruction.draw(stage.state.reconstruction ? "on" : "off");
      colours.draw(stage.state.stretch ? "stretched" : "0 to 1");
      mean.draw(stage.state.channel === null ? "mean of all" : "one");
      which.node.hidden = stage.state.channel === null;
      which.draw();
    },
  };
}
