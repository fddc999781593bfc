// Frames: the clip as a strip, every quantity of frame attention below it, and the answer beside it.

export default explorer((stage) => {
  const hovered = { place: null, frozen: null };
  let at = 0;
  let waiting = 0;
  const film = {
    sheet: null, view: null, image: null, fixed: false,
    ready: () => Boolean(film.image && film.view && film.view.sheet === film.sheet.turn),
    at: () => clamp(at, 0, film.view.order.length - 1),
    cursor: () => clamp(hovered.place ?? at, 0, film.view.order.length - 1),
    usable: () => film.view.reasons.filter((reason) => !reason).length,
    moved: () => Boolean(stage.state.values),
    weights: () => wished("weight") ?? film.view.rows.weight,
    alphas: () => wished("alpha") ?? film.view.rows.alpha,
    scale: (name, find) => hovered.frozen ?? (film[`last_${name}`] = find()),
    freeze(name) {
      hovered.frozen = name ? film[`last_${name}`] : null;
      stage.repaint();
      return hovered.frozen;
    },
    hover(place) {
      if (hovered.place === place) return;
      hovered.place = place;
      stage.repaint();
    },
    go(place) {
      at = clamp(place, 0, film.view.order.length - 1);
      hovered.place = null;
      stage.repaint();
    },
  };

  /** What the hand asked for, before the kernel has answered: the bar must not lag behind the pointer. */
  function wished(name) {
    const { moves, values } = stage.state;
    if (!values || moves !== name || values.length !== film.view.order.length) return null;
    const usable = values.map((value, place) => (film.view.reasons[place] ? NaN : value));
    const total = name === "weight" ? usable.reduce((sum, value) => sum + (value || 0), 0) : 1;
    return total > 0 ? usable.map((value) => value / total) : null;
  }

  const hand = clipHand(stage, film);
  // another clip may need its faces found and four networks loaded: that is said, and the old one stays until then
  const wait = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      busy = "Looking for the faces of another clip …";
      stage.repaint();
    }, 300);
  };
  const shellPreset = stage.preset;
  stage.preset = (place) => {
    wait();
    shellPreset(place);
  };
  const clips = el("select.select", { "aria-label": "Clip", onchange: () => {
    wait();
    stage.ask({ clip: clips.value });
  } });
  const readout = el("p.readout.fr-readout");
  const below = el("p.note.fr-moved", { role: "status" });
  const play = el("button.button.fr-play", { type: "button", text: "Play" });
  const playing = player(film, play);
  const tools = toolbar(stage, film, hand, play);
  const slider = el("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Frame" });
  const strip = stripRow(stage, film);
  const [weight, alpha, beta, contribution, evidence, alone] = [weightRow, alphaRow, betaRow, contributionRow, evidenceRow, aloneRow].map((make) => make(stage, film, hand));
  const all = [strip, weight, alpha, beta, contribution, evidence, alone];
  const rows = el("div.panel", {}, alpha.node, beta.node, contribution.node, evidence.node, el("h5.sub.fr-indent", { text: "The answer if one frame had all the weight" }), alone.node);
  const bar = stage.canvas({ label: "Colour bar: probability, 0 to 1", aspect: "auto", paint: (c, w, h) => colourbar(c, w, h, { scale: { signed: false, limit: 1, digits: 1 }, colours: stage.colours }) });
  bar.classList.add("fv-fr-bar");
  rows.append(el("div.fr-row", {}, el("div.fr-name", { text: "probability" }), bar));
  const compare = comparePanel(stage, film);
  const other = otherPanel(stage, film, hand);
  const picture = pictureOf(stage, film);
  const caption = el("p.note.fr-caption");
  const answers = el("div.answers");
  const head = el("div.fr-head");
  const left = el("div.column", {}, strip.node, el("div.fr-row", { "data-tool": "" }, el("span"), slider), weight.node,
    el("div", { "data-tool": "" }, tools.node), below,
    el("div", { "data-tool": "" }, tabs(["Under the cursor", "Which frame matters?", "Same answer, other weights"], [rows, compare.node, other.node], "Views")),
    rows, compare.node, other.node);
  const right = el("div.column.fr-side", {}, picture, caption, answers);
  const area = el("div", {}, readout, el("div.fr-columns", {}, left, right));
  const files = exports(stage, "frames", () => film.sheet, area);
  let busy = "";
  let charts = null;
  let variants = null;
  stage.body.append(head, area, files.node);

  slider.oninput = () => {
    playing.stop();
    film.go(Number(slider.value));
  };
  // a button has its own space bar; the slider its own way sideways, but up and down are the weight's
  stage.body.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches("button")) event.stopPropagation();
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
    ArrowLeft: step(-1), ArrowRight: step(1), Home: step(-1e4), End: step(1e4), " ": playing.toggle,
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
    const weightNow = film.weights()[place];
    const share = reason ? `not used: ${reason}` : `the weight of frame ${place + 1} is ${number(weightNow, weightNow < 0.1 ? 3 : 2)}, ${number(weightNow * film.usable(), 1)} times 1/T`;
    const best = reason ? "" : ` By itself: ${alone.best(place)}.`;
    caption.textContent = `Frame ${place + 1}: ${origin(sheet, view.order[place])}. ${share[0].toUpperCase()}${share.slice(1)}.${best}`;
    slider.value = String(place);
    slider.setAttribute("aria-valuetext", `frame ${place + 1} of ${view.order.length}: ${share}`);
    picture.setAttribute("aria-label", caption.textContent);
    below.textContent = busy || view.words.moved;
    below.hidden = !below.textContent;
    contribution.words.textContent = stage.state.variant === "mean" ? `to ${view.label}'s probability` : `to the logit of ${view.label}`;
    all.forEach((one) => one.say(place));
  }

  /** Names and lists that come with a sheet. */
  function furnish() {
    const { sheet } = film;
    const own = sheet.held ? [["", "your own clip"]] : [];
    clips.replaceChildren(...[...own, ...sheet.clips.map((name) => [name, name])].map(([value, text]) => el("option", { value, text })));
    clips.value = sheet.clip;
    variants = choice("Variant of the network", sheet.variants, (variant) => stage.ask({ variant, values: null }));
    head.replaceChildren(...(film.fixed ? [el("span.fr-quiet", { text: `${sheet.source}; saved without its kernel: the cursor moves, the weights do not.` })] : [
      el("label.fr-pair", {}, el("span.fr-quiet", { text: "Clip" }), clips), el("span.fr-pair", {}, el("span.fr-quiet", { text: "Variant" }), variants.node)]));
    charts = bars(sheet.labels, { pick: film.fixed ? null : (emotion) => stage.ask({ emotion }), caption: "Probability of each label; choose one to see what each frame adds to it", heads: ["", "", "now", "before"] });
    const note = sheet.own ? "Your clip. It is not saved with the notebook." : "A label is the word that annotators would choose for the clip, not what a person feels.";
    answers.replaceChildren(charts.node, el("p.note", { text: note }));
    tools.fit(sheet.guests);
    alone.fit(sheet.labels);
  }

  return {
    async picture(told) {
      film.image = null;
      const bytes = told.sprite;
      const image = await createImageBitmap(new Blob([bytes], { type: "image/webp" }));
      Object.assign(film, { sheet: told, image, fixed: Boolean(told.offline) });
      [at, hovered.place] = [stage.state.frame ?? 0, null];
      furnish();
      stage.root.dataset.sheet = told.turn;
      stage.repaint();
    },
    answer(answer) {
      clearTimeout(waiting);
      busy = "";
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
      tools.draw();
      say();
      charts.set(film.view.now, film.view.before, film.view.label);
      compare.draw();
      other.draw();
      files.draw();
    },
    keys,
  };
});
