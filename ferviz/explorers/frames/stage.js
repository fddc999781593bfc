// Frames: the clip as a strip, every quantity of frame attention below it, and the answer beside it.

export default explorer((stage) => {
  const film = Object.assign(itemsOf(stage, { noun: "frame", field: "frame" }), { sheet: null, image: null });
  film.ready = () => Boolean(film.image && film.view && film.view.sheet === film.sheet.turn);
  film.even = () => "1/T";
  film.paint = (context, place, x, y, side) => drawFrame(context, film, film.view.order[place], x, y, side);

  const meaning = (name, label) => ({
    weight: "the share of the clip that the model gives the frame",
    contribution: stage.state.variant === "mean" ? `what it adds to the probability of ${label}` : `what it adds to the logit of ${label}`,
    attribution: stage.state.variant === "mean" ? `integrated gradients of the log-probability of ${label} over its features` : `integrated gradients of the logit of ${label} over its features`,
    removal: stage.state.variant === "mean" ? `how far the log-probability of ${label} falls without it` : `how far the logit of ${label} falls without it`,
    truth: "the visible emotional change, from the generator",
  }[name]);
  const hand = clipHand(stage, film);
  // another clip may need its faces found and four networks loaded: that is said, and the old one stays until then
  const waiting = longWish(stage, "Looking for the faces of another clip …");
  const shellPreset = stage.preset;
  stage.preset = (place) => {
    waiting.begin();
    film.forget();
    shellPreset(place);
  };
  const clips = el("select.select", { "aria-label": "Clip", onchange: () => {
    waiting.begin();
    stage.ask({ clip: clips.value });
  } });
  const { readout } = stage;
  const below = el("p.note.it-moved", { role: "status" });
  const playing = player(film);
  const tools = handTools(stage, film, hand);
  const slider = el("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Frame" });
  const labels = () => film.sheet.labels;
  const strip = stripRow(stage, film, { label: "Filmstrip" });
  const weight = weightRow(stage, film, hand);
  const alpha = barRow(stage, film, { key: "alpha", name: "α", hint: "from the frame alone", label: "Alpha of each frame. Drag a bar.", hand });
  const beta = barRow(stage, film, { key: "beta", name: "β", hint: "beside the anchor", label: "Beta of each frame" });
  const contribution = signedRow(stage, film, { key: "contribution", name: "contribution", label: "What each frame adds to the logit" });
  const evidence = barRow(stage, film, { key: "evidence", name: "evidence", hint: "true, from the generator", label: "The true evidence in each frame", tone: () => stage.colours.quiet, missing: "Not known: only synthetic clips have it." });
  const alone = mapRow(stage, film, { key: "alone", name: "alone", label: "The probability of each label if a frame had all the weight", labels });
  const all = [strip, weight, alpha, beta, contribution, evidence, alone];
  [alpha, beta].forEach((one) => one.node.classList.add("fv-aside"));
  const rows = el("div.panel", {}, alpha.node, beta.node, contribution.node, evidence.node);
  const bar = stage.canvas({ label: "Colour bar: probability, 0 to 1", aspect: "auto", paint: (c, w, h) => colourbar(c, w, h, { scale: { signed: false, limit: 1, digits: 1 }, colours: stage.colours }) });
  bar.classList.add("fv-it-bar");
  const single = el("div.panel", {}, el("h5.sub.it-indent", { text: "The answer if one frame had all the weight" }), alone.node, el("div.it-row", {}, el("div.it-name", { text: "probability" }), bar));
  const compare = comparePanel(stage, film, { meaning, label: "Attention, contribution, attribution, removal and truth of each frame, on one axis" });
  const other = otherPanel(stage, film, hand);
  const picture = pictureOf(stage, film);
  const caption = el("p.note.it-caption");
  const answers = el("div.answers");
  const head = el("div.it-head", { "data-tool": "" });
  const views = keptTabs(stage, { field: "tab", label: "Views", fixed: () => film.fixed,
    views: { cursor: ["Under the cursor", rows], alone: ["Alone", single], matters: ["Which frame matters?", compare.node], other: ["Same answer, other weights", other.node] } });
  const left = el("div.column", {}, strip.node, el("div.it-row", { "data-tool": "" }, el("div.it-name.it-play", {}, playing.node), slider), weight.node,
    el("div", { "data-tool": "" }, tools.node), below,
    el("div", { "data-tool": "" }, views.node), rows, single, compare.node, other.node);
  const right = el("div.column.it-side", {}, picture, caption, answers);
  const area = el("div.it-columns", {}, left, right);
  const files = exports(stage, "frames", () => film.sheet, stage.root);
  let charts = null;
  let variants = null;
  stage.body.append(head, area);

  slider.oninput = () => {
    playing.stop();
    film.go(Number(slider.value));
  };
  // the slider has its own way sideways, but up and down are the weight's
  stage.body.addEventListener("keydown", (event) => {
    const mine = event.target === slider && !["ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"].includes(event.key);
    if (!mine || !keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    keys[event.key](event);
    event.preventDefault();
    event.stopPropagation();
  });

  const step = (by) => (event) => {
    playing.stop();
    if (film.ready()) film.go(film.at() + by * (event.shiftKey ? 5 : 1));
  };
  const when = (act) => (event) => film.ready() && act(event);
  const keys = {
    ArrowLeft: step(-1), ArrowRight: step(1), Home: step(-1e4), End: step(1e4), " ": playing.toggle, m: playing.mute,
    ArrowUp: when(hand.nudge(1)), ArrowDown: when(hand.nudge(-1)), x: when(hand.drop), Delete: when(hand.drop), r: when(hand.repeat),
    i: when(() => hand.insert(tools.guest())), s: when(hand.shuffle), o: when(hand.search), Escape: when(hand.reset),
  };

  function say() {
    const { sheet, view } = film;
    const place = film.cursor();
    const [first, then] = [view.before, view.now].map((values) => values.indexOf(Math.max(...values)));
    const name = (label, values) => `${sheet.labels[label]} ${number(values[label])}`;
    const touched = stage.state.values || stage.state.order || stage.state.dropped?.length;
    readout.replaceChildren("label: ");
    if (touched) readout.append(name(first, view.before), " → ", el("b", { text: first === then ? number(view.now[then]) : name(then, view.now) }));
    else readout.append(el("b", { text: name(then, view.now) }));
    const known = sheet.label ? `; the clip's label: ${sheet.label}` : "";
    readout.append(el("span.quiet", { text: ` ${sheet.own ? "your own clip" : sheet.clip}, variant ${stage.state.variant}${known}` }));
    const reason = view.reasons[place];
    const weightNow = film.values("weight")[place];
    const share = reason ? `not used: ${reason}` : `the weight of frame ${place} is ${number(weightNow, weightNow < 0.1 ? 3 : 2)}, ${number(weightNow * film.usable(), 1)} times 1/T`;
    const best = reason ? "" : ` By itself: ${alone.best(place)}.`;
    caption.textContent = `Frame ${place}: ${originOf(sheet, view.order[place])}. ${share[0].toUpperCase()}${share.slice(1)}.${best}`;
    slider.value = String(place);
    slider.setAttribute("aria-valuetext", `frame ${place} of ${view.order.length}: ${share}`);
    picture.setAttribute("aria-label", caption.textContent);
    below.textContent = waiting.said() || view.words.moved;
    below.hidden = !below.textContent;
    contribution.words.textContent = stage.state.variant === "mean" ? `to ${view.label}'s probability` : `to the logit of ${view.label}`;
    all.forEach((one) => one.say(place));
  }

  /** Names and lists that come with a sheet. */
  function furnish() {
    const { sheet } = film;
    offer(clips, sheet.clips, { shown: sheet.clip, own: sheet.held && "your own clip" });
    variants = choice("Variant of the network", sheet.variants, (variant) => stage.ask({ variant, values: null }));
    head.replaceChildren(...(film.fixed ? [el("span.it-quiet", { text: `${sheet.source}; saved without its kernel: the cursor moves, the weights do not.` }), files.node] : [
      el("label.it-pair", {}, el("span.it-quiet", { text: "Clip" }), clips), el("span.it-pair", {}, el("span.it-quiet", { text: "Variant" }), variants.node), files.node]));
    charts = bars(sheet.labels, { pick: film.fixed ? null : (emotion) => stage.ask({ emotion }), caption: "Probability of each label; choose one to see what each frame adds to it", heads: ["", "", "now", "before"] });
    const note = sheet.own ? "Your clip. It is not saved with the notebook." : "A label is the word that annotators would choose for the clip, not what a person feels.";
    answers.replaceChildren(charts.node, el("p.note.help", { text: note }));
    tools.fit(sheet.guests);
    alone.fit();
  }

  return {
    async picture(told) {
      if (told.turn === film.sheet?.turn) return;  // told again, to another view
      film.forget();
      film.image = null;
      const bytes = told.sprite;
      const image = await createImageBitmap(new Blob([bytes], { type: "image/webp" }));
      if (film.sheet && told.turn < film.sheet.turn) return;  // a newer one came first
      Object.assign(film, { sheet: told, image, fixed: Boolean(told.offline) });
      playing.load(told.sound);
      keepFocus(stage.root, furnish);
      stage.root.dataset.sheet = told.turn;
      stage.repaint();
    },
    answer(answer) {
      waiting.end();
      film.follow();
      const rows = Object.fromEntries(Object.entries(answer.rows).map(([name, bytes]) => [name, floats(bytes)]));
      const known = (values) => values.map((value) => value ?? NaN);
      film.view = { ...answer, rows, now: known(answer.now), before: known(answer.before), measures: answer.measures.map((one) => ({ ...one, tau: one.tau ?? NaN, auc: one.auc ?? NaN, values: floats(one.values) })) };
    },
    draw() {
      if (!film.ready()) return;
      slider.max = String(film.view.order.length - 1);
      slider.style.width = `${Math.min(100, (100 * WIDEST * film.view.order.length) / Math.max(1, weight.canvas.clientWidth))}%`;
      strip.fit();
      beta.node.hidden = !film.view.rows.beta;
      weight.words.textContent = film.fixed ? "" : "drag a bar";
      clips.value = stage.state.clip;
      variants.draw(stage.state.variant);
      views.draw();
      tools.draw();
      playing.draw();
      say();
      charts.set(film.view.now, film.view.before, film.view.label);
      compare.draw();
      other.draw();
      files.draw();
    },
    here: () => (!film.ready() || film.fixed || !film.strayed() ? null : film.here()),
    stop: () => playing.load(null),
    keys,
  };
});
