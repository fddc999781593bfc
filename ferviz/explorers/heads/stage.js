// Heads: a face with its dials on the left; four answers beside it, and views of the feature that they share below.

export default explorer((stage) => {
  let [panels, bodies] = [[], null];
  const now = { units: {}, person: {} };
  const heads = Object.assign(itemsOf(stage, { noun: "number", field: "channel" }), { sheet: null, image: null, grey: null });
  heads.ready = () => Boolean(heads.sheet && heads.view && heads.view.sheet === heads.sheet.turn);
  const move = hand(stage);
  const { readout } = stage;
  const waiting = longWish(stage, "Looking for the face of another picture …");
  const sources = el("select.select", { "aria-label": "Face", onchange: () => {
    waiting.begin();
    stage.ask({ source: sources.value });
  } });
  const frame = dial({ name: "Frame", ends: [0, 1], step: 1, show: (at) => `${at} of ${heads.sheet.frames}`, read: () => stage.state.frame, write: (at) => stage.ask({ frame: at }) });
  const face = stage.canvas({ label: "The face", of: () => [heads.ready() && heads.image], paint: (context, width, height) => {
    if (!heads.ready()) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(heads.image, 0, 0, width, height);
  } });
  face.classList.add("fv-hd-face");
  const caption = el("p.note.hd-caption", { role: "status" });
  const dialsOf = el("div.hd-dials", { "data-tool": "" });
  const answers = answersPanel(stage, heads);
  const views = [mapsPanel(stage, heads), barcodePanel(stage, heads), coursePanel(stage, heads), bodiesPanel(stage, heads)];
  const [, , course, costs] = views;
  const nodes = views.map((one) => one.node);
  const tabsOf = keptTabs(stage, { field: "tab", label: "Views", fixed: () => heads.fixed,
    views: { face: ["On the face", nodes[0]], feature: ["The feature", nodes[1]], course: ["What moves", nodes[2]], bodies: ["Bodies", nodes[3]] } });
  const files = exports(stage, "heads", () => heads.sheet, stage.root, "your own picture");
  const bar = el("div.it-head.hd-bar-line", { "data-tool": "" });
  stage.body.append(bar, el("div.hd-columns", {}, el("div.hd-left", {}, el("div", {}, face, caption), dialsOf),
    el("div.hd-right", {}, answers.node, el("div.hd-views", {}, el("div", { "data-tool": "" }, tabsOf.node), ...nodes))));

  function furnish() {
    const { sheet } = heads;
    offer(sources, sheet.sources, { shown: sheet.source, own: sheet.held && "your own picture" });
    frame.node.hidden = sheet.frames < 2;
    frame.node.querySelector("input").max = String(Math.max(1, sheet.frames - 1));
    const words = Object.values(sheet.stages);
    bodies = choice("The network: before its body was tuned, after, and with heads fitted again", words, (word) => stage.ask({ trained: Object.keys(sheet.stages).find((name) => sheet.stages[name] === word) }));
    const pair = (text, ...all) => el("span.it-pair", {}, el("span.it-quiet", { text }), ...all);
    bar.replaceChildren(...(heads.fixed ? [el("span.it-quiet", { text: "Saved without its kernel: the cursor moves, the face does not." })]
      : [pair("Face", sources), frame.node, ...(words.length > 1 ? [pair("Read by", bodies.node)] : [])]), files.node);
    answers.furnish();
    course.furnish();
    costs.furnish();
    furnishDials();
  }

  function furnishDials() {
    if (panels.length || heads.fixed) return;
    panels = [expressionPanel(stage, heads.sheet, move, now), personPanel(stage, heads.sheet, move, now), scenePanel(stage, heads.sheet, move)];
    const all = panels.map((panel) => panel.node);
    panels[1].node.append(el("p.note.hd-one", { text: heads.sheet.one }));
    const take = el("button.button", { type: "button", text: "Take a synthetic face", onclick: () => stage.ask({ source: "synthetic" }) });
    dialsOf.replaceChildren(el("div.hd-take", {}, take, el("p.note.keep", { text: "It has dials, and what it was drawn with is known." })), el("div", {}, tabs(["Person", "Expression", "Scene"], [all[1], all[0], all[2]], "Dials"), all[1], all[0], all[2]));
  }

  const changed = news();
  function say() {
    const { sheet, view } = heads;
    const { trained } = stage.state;
    const does = expressed(stage.state);
    if (!changed(sheet, view, trained, does, waiting.said())) return;
    const top = view.now.emotion.indexOf(Math.max(...view.now.emotion));
    const years = view.now.age ? `, ${number(view.now.years, 1)} years` : "";
    readout.replaceChildren("label: ", el("b", { text: `${sheet.labels[top]} ${number(view.now.emotion[top])}` }), years,
      el("span.quiet", { text: ` ${sheet.stages[trained] ?? ""}` }));
    const shown = sheet.own ? "Your picture. It is not saved with the notebook." : sheet.source === "synthetic" ? `A synthetic face, ${does}.` : `The sample ${sheet.source}.`;
    caption.textContent = waiting.said() || shown;
    face.setAttribute("aria-label", `The face as the network gets it. ${shown}`);
  }

  const step = (by) => (event) => {
    if (!heads.ready()) return;
    heads.go(heads.at() + by * (event.shiftKey ? 10 : 1));
  };
  const when = (act) => () => heads.ready() && !heads.fixed && act();
  const onDials = (act) => when(() => heads.sheet.source === "synthetic" && act());  // another face has none to move
  const turn = (tab, panel) => () => {  // a hidden view is opened first, so that a key moves nothing unseen
    if (!heads.ready()) return;
    if (tabsOf.open() === tab) {
      panel.next();
      return;
    }
    tabsOf.tab(tab).click();
    stage.root.focus({ preventScroll: true });  // what had it may be hidden now, and keys would go nowhere
  };
  const stronger = (by) => onDials(() => move({ intensity: clamp(Math.round(100 * (stage.state.intensity + by)) / 100, 0, 1) }));
  const next = (list, item) => list[(list.indexOf(item) + 1) % list.length];
  return {
    picture(told) {
      const anew = !heads.sheet || heads.sheet.source !== told.source || heads.sheet.own !== told.own;
      Object.assign(heads, { sheet: told, fixed: Boolean(told.offline) });
      if (anew) heads.forget();
      keepFocus(stage.root, furnish);
      stage.root.dataset.sheet = told.turn;
      stage.repaint();
    },
    answer(answer) {
      waiting.end();
      heads.follow();
      const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const all = (named, read) => named && Object.fromEntries(Object.entries(named).map(([name, one]) => [name, read(one)]));
      const spread = (one) => ({ ...one, values: floats(one.values) });
      const said = (one) => one && { ...one, age: one.age && floats(one.age) };
      const feature = floats(answer.feature);
      [heads.image, heads.grey] = [false, true].map((grey) => toImage(bytes(answer.picture), answer.size, grey));
      heads.view = { ...answer, feature, reasons: Array(feature.length).fill(""), fed: all(answer.fed, floats), now: said(answer.now), other: said(answer.other),
        maps: all(answer.maps, spread), raised: answer.raised && spread(answer.raised), moves: all(answer.moves, floats) };
    },
    draw() {
      if (!heads.ready()) return;
      const synthetic = heads.sheet.source === "synthetic";
      sources.value = heads.sheet.source;
      bodies.draw(heads.sheet.stages[stage.state.trained]);
      frame.draw();
      tabsOf.draw();
      say();
      answers.draw();
      views.forEach((one) => one.draw());
      if (panels.length) {
        now.units = stage.state.units ?? heads.view.units;
        if (heads.view.person) now.person = heads.view.person;
        [dialsOf.firstChild.hidden, dialsOf.lastChild.hidden] = [synthetic, !synthetic];
        if (synthetic) panels.forEach((panel) => panel.draw());
      }
      files.draw();
    },
    keys: {
      ArrowLeft: step(-1), ArrowRight: step(1), Home: step(-1e4), End: step(1e4),
      "+": stronger(0.05), "=": stronger(0.05), "-": stronger(-0.05),
      t: when(() => stage.ask({ trained: next(Object.keys(heads.sheet.stages), stage.state.trained) })),
      w: turn("course", course), b: turn("bodies", costs),
      e: onDials(() => move({ emotion: next(Object.keys(heads.sheet.emotions), stage.state.emotion), way: 1, units: null })),
      n: onDials(() => move({ seed: stage.state.seed + 1, age: null, gender: null, ethnicity: null })),
      Escape: when(() => stage.act("reset")),
    },
  };
});
