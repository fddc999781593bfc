// Regions: the face with boxes and a cover beside the weights of its regions; views of them below.

export default explorer((stage) => {
  let [charts, variants, squashes, expression] = [null, null, null, null];
  const now = { units: {}, person: {} };
  const face = Object.assign(itemsOf(stage, { noun: "region", field: "region" }), { sheet: null, image: null, cutouts: {} });
  face.ready = () => Boolean(face.sheet && face.view && face.view.sheet === face.sheet.turn);
  face.single = () => stage.state.variant === "face";
  face.learned = () => !["face", "mean"].includes(stage.state.variant);
  face.touched = () => Boolean(stage.state.values || stage.state.cover || stage.state.squash || stage.state.dropped?.length);
  face.moved = face.touched;
  face.ghost = (name) => (face.touched() ? face.view.rows[`own ${name}`] ?? null : null);
  /** The boxes that the hand asked for, before the kernel has answered. */
  face.boxes = () => {
    const { boxes } = stage.state;
    return boxes && !face.single() && boxes.length === face.count() - 1 ? [[0, 0, 1, 1], ...boxes] : face.view.boxes;
  };
  face.paint = (context, place, x, y, side) => drawCrop(stage, face, context, place, x, y, side);

  const touch = regionHand(stage, face);
  const panel = facePanel(stage, face, touch);
  const tools = regionTools(stage, face, touch);
  const { readout } = stage;
  // a cover that is taken up is what the arrow keys move; another picture may need its face found, which is said
  const lift = touch.cover;
  touch.cover = (kind) => {
    panel.taken(kind);
    lift(kind);
  };
  const waiting = longWish(stage, "Looking for the face of another picture …");
  const sources = el("select.select", { "aria-label": "Face", onchange: () => {
    waiting.begin();
    stage.ask({ source: sources.value });
  } });
  const schemes = el("select.select", { "aria-label": "Where the boxes lie", onchange: () => schemes.value && stage.ask({ scheme: schemes.value, boxes: null, dropped: [], values: null, region: 0 }) });
  const other = el("button.button", { type: "button", text: "Draw again", title: "Other random boxes", onclick: () => stage.ask({ draw: stage.state.draw + 1, boxes: null }) });
  const frame = dial({ name: "Frame", ends: [0, 1], step: 1, show: (at) => `${at} of ${face.sheet.frames}`, read: () => stage.state.frame, write: (at) => stage.ask({ frame: at }) });
  const labels = () => face.sheet.labels;
  const strip = stripRow(stage, face, { label: "What each region shows", least: 12 });  // a neighbour shows another part
  const weight = weightRow(stage, face, touch);
  const mu = barRow(stage, face, { key: "alpha", name: "μ", hint: "from the region alone", label: "μ of each region. Drag a bar.", hand: touch });
  const nu = barRow(stage, face, { key: "beta", name: "ν", hint: "beside the mean", label: "ν of each region" });
  const contribution = signedRow(stage, face, { key: "contribution", name: "contribution", label: "What each region adds to the logit" });
  const covered = barRow(stage, face, { key: "covered", name: "covered", hint: "share of its pixels", label: "The share of each region that is covered", tone: () => stage.colours.quiet });
  const all = [strip, weight, mu, nu, contribution, covered];
  const compare = comparePanel(stage, face, { meaning: (name, label) => ({
    weight: "the share that the network gives it",
    contribution: `what it adds to the logit of ${label}`,
    attribution: "integrated gradients over its features",
    removal: `how far the logit of ${label} falls without it`,
    truth: "visible change a pixel, from the generator",
  })[name], label: "Attention, contribution, attribution, removal and truth of each region, on one axis" });
  const heat = heatPanel(stage, face);
  const margin = marginPanel(stage, face);
  const head = el("div.panel.rg-dials");
  weight.canvas.classList.add("fv-rg-tall");
  const sum = sumOf(stage, face);
  [nu, covered, sum].forEach((one) => one.node.classList.add("fv-aside"));
  const rows = el("div.panel.rg-beside", {}, el("div", {}, mu.node, nu.node, contribution.node, covered.node), sum.node);
  const panels = [rows, compare.node, heat.node, margin.node, head];
  const views = keptTabs(stage, { field: "tab", label: "Views", fixed: () => face.fixed,
    views: { cursor: ["Under the cursor", rows], matters: ["Which matters?", compare.node], face: ["On the face", heat.node], loss: ["RB-loss", margin.node], head: ["The head", head] } });
  const caption = el("p.note.rg-caption", { role: "status" });
  const answers = el("div.answers");
  const files = exports(stage, "regions", () => face.sheet, stage.root, "your own picture");
  const left = el("div.rg-left", {}, panel.canvas, tools.below, caption, files.node);
  const right = el("div.rg-right", {},
    el("div.column", {}, strip.node, weight.node, el("div", { "data-tool": "" }, tools.node)), answers,
    el("div.rg-views", {}, el("div", { "data-tool": "" }, views.node), ...panels));
  const bar = el("div.it-head.rg-bar-line", { "data-tool": "" });
  stage.body.append(bar, el("div.rg-columns", {}, left, right));

  function furnish() {
    const { sheet } = face;
    const option = ([value, text]) => el("option", { value, text });
    offer(sources, sheet.sources, { shown: sheet.source, own: sheet.held && "your own picture" });
    schemes.replaceChildren(option(["", "your own"]), ...Object.keys(sheet.schemes).map((name) => option([name, name])));
    variants = choice("Variant of the network", sheet.variants, (variant) => stage.ask({ variant, values: null, dropped: [], region: 0 }));
    squashes = choice("What makes a weight of a score", ["sigmoid", "softmax"], (word) => stage.ask({ squash: word === sheet.trained ? "" : word, values: null }));
    frame.node.hidden = sheet.frames < 2;
    frame.node.querySelector("input").max = String(Math.max(1, sheet.frames - 1));
    const pair = (text, ...nodes) => el("span.it-pair", {}, el("span.it-quiet", { text }), ...nodes);
    bar.replaceChildren(...(face.fixed ? [el("span.it-quiet", { text: "Saved without its kernel: the cursor moves, boxes and weights do not." })]
      : [pair("Face", sources), frame.node, pair("Boxes", schemes, other), ...(sheet.variants.length > 1 ? [pair("Variant", variants.node)] : []), pair("Scores", squashes.node)]));
    charts = bars(sheet.labels, { pick: face.fixed ? null : (label) => stage.ask({ label }), caption: "Probability of each label; choose one to see what each region adds to it", heads: ["", "", "now", "before"] });
    const note = (sheet.own ? "Your picture. It is not saved with the notebook. " : "") + "A label is the word that annotators would choose for the picture, not what a person feels.";
    answers.replaceChildren(charts.node, el("p.note.help", { text: note }));
    panel.fit();
    tools.fit();
    furnishHead();
  }

  function furnishHead() {
    const { sheet } = face;
    views.tab("head").hidden = face.fixed;  // its dials ask the kernel
    if (expression || face.fixed) return;
    const move = hand(stage);
    expression = expressionPanel(stage, sheet, move, now);
    const angle = (name, field) => dial({ name, ends: sheet.ranges[field], step: 1, show: fixed(0, "°"), read: () => stage.state[field], write: (value) => move({ [field]: value }) });
    const pose = [angle("Turned (yaw)", "yaw"), angle("Nodded (pitch)", "pitch")];
    const person = el("button.button", { type: "button", text: "Another person", onclick: () => move({ seed: stage.state.seed + 1 }) });
    expression.node.firstChild.append(person);
    expression.node.insertBefore(el("div.rg-pose", {}, ...pose.map((one) => one.node)), expression.node.children[1]);
    expression.pose = pose;
    const take = el("button.button", { type: "button", text: "Take a synthetic face", onclick: () => stage.ask({ source: "synthetic" }) });
    head.replaceChildren(el("div.it-pair", {}, take, el("span.it-quiet", { text: "It has dials for its expression and its pose, and its truth is known." })), expression.node);
  }

  function say() {
    const { sheet, view } = face;
    const [first, then] = [view.before, view.now].map((values) => values.indexOf(Math.max(...values)));
    const name = (label, values) => `${sheet.labels[label]} ${number(values[label])}`;
    readout.replaceChildren("label: ");
    if (face.touched()) readout.append(name(first, view.before), " → ", el("b", { text: first === then ? number(view.now[then]) : name(then, view.now) }));
    else readout.append(el("b", { text: name(then, view.now) }));
    const { yaw } = stage.state;
    const shown = sheet.own ? "your own picture" : sheet.source === "synthetic" ? `synthetic, ${expressed(stage.state)}${yaw ? `, turned ${number(yaw, 0)}°` : ""}` : sheet.source;
    readout.append(el("span.quiet", { text: ` ${shown}` }));
    const place = face.cursor();
    const reason = view.reasons[place];
    const [own, before] = [face.values("weight")[place], view.rows["own weight"][place]];
    const from = face.touched() && Number.isFinite(before) ? `${number(before, 3)} → ` : "";
    const told = reason ? `not used: ${reason}` : `weight ${from}${number(own, 3)}, ${number(own * face.usable())} times 1/N`;
    const hidden = view.rows.covered[place];
    caption.textContent = waiting.said() || `Region ${place} (${view.names[place]}): ${told}${hidden > 0.005 ? `; ${Math.round(100 * hidden)} % covered` : ""}.`;
    contribution.words.textContent = `to the logit of ${view.label}`;
    all.forEach((one) => one.say(place));
    sum.say(place);
  }

  const step = (by) => (event) => face.ready() && face.go(face.at() + by * (event.shiftKey ? 5 : 1));
  const when = (act) => (event) => face.ready() && !face.fixed && act(event);
  return {
    async picture(told) {
      if (!face.sheet || face.sheet.source !== told.source || face.sheet.own !== told.own) face.forget();
      const opened = await Promise.all(Object.entries(told.cutouts).map(async ([kind, one]) => {
        const image = await createImageBitmap(new Blob([one.image], { type: "image/webp" }));
        const picture = new OffscreenCanvas(image.width, image.height);
        picture.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0);
        return [kind, { ...one, picture }];
      }));
      if (face.sheet && told.turn < face.sheet.turn) return;  // a newer one came first
      Object.assign(face, { sheet: told, fixed: Boolean(told.offline), cutouts: Object.fromEntries(opened) });
      keepFocus(stage.root, furnish);
      stage.root.dataset.sheet = told.turn;
      stage.repaint();
    },
    answer(answer) {
      waiting.end();
      face.follow();
      const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const known = (values) => values.map((value) => value ?? NaN);
      const read = Object.fromEntries(Object.entries(answer.rows).map(([name, values]) => [name, floats(values)]));
      const flat = floats(answer.boxes);
      const boxes = Array.from({ length: flat.length / 4 }, (_, place) => [...flat.slice(4 * place, 4 * place + 4)]);
      const maps = answer.maps && { ...answer.maps, attribution: floats(answer.maps.attribution), removal: floats(answer.maps.removal) };
      const measures = answer.measures.map((one) => ({ ...one, tau: one.tau ?? NaN, auc: one.auc ?? NaN, values: floats(one.values) }));
      face.image = toImage(bytes(answer.face), answer.size);
      face.view = { ...answer, rows: read, boxes, maps, measures, changed: answer.changed && floats(answer.changed), now: known(answer.now), before: known(answer.before) };
    },
    draw() {
      if (!face.ready()) return;
      const synthetic = face.sheet.source === "synthetic";
      sources.value = face.sheet.source;
      schemes.value = stage.state.boxes ? "" : stage.state.scheme;
      schemes.title = face.sheet.schemes[stage.state.scheme];
      schemes.disabled = face.single();
      other.hidden = stage.state.scheme !== "random" || Boolean(stage.state.boxes);
      variants.draw(stage.state.variant);
      squashes.draw(stage.state.squash || face.sheet.trained);
      squashes.node.parentElement?.toggleAttribute("hidden", !face.learned());
      frame.draw();
      views.draw();
      strip.fit();
      nu.node.hidden = !face.view.rows.beta;
      mu.node.hidden = !face.learned();
      weight.words.textContent = face.fixed ? "" : "drag a bar";
      tools.draw();
      say();
      charts.set(face.view.now, face.touched() ? face.view.before : null, face.view.label);
      compare.draw();
      heat.draw();
      margin.draw();
      if (expression) {
        now.units = stage.state.units ?? face.view.units;
        head.firstChild.hidden = synthetic;
        expression.node.hidden = !synthetic;
        if (synthetic) [expression, ...expression.pose].forEach((one) => one.draw());
      }
      files.draw();
    },
    here: () => (!face.ready() || face.fixed || !face.strayed() ? null : face.here()),
    keys: {
      ArrowLeft: step(-1), ArrowRight: step(1), Home: step(-1e4), End: step(1e4), ArrowUp: when(touch.nudge(1)), ArrowDown: when(touch.nudge(-1)),
      x: when(touch.drop), n: when(touch.add), Delete: when(touch.remove), c: when(() => {
        touch.next();
        panel.taken(stage.state.cover);
      }), Escape: when(touch.reset),
    },
  };
});

/** How the weight under the cursor comes about, in its own numbers. */
function sumOf(stage, face) {
  const lines = el("dl.rg-sum");
  const node = el("div", {}, el("h5.sub", { text: "This region's weight" }), lines);
  return {
    node,
    say(place) {
      const { alpha, beta } = face.view.rows;
      const product = (at) => alpha[at] * (beta ? beta[at] : 1);
      const total = face.view.reasons.reduce((sum, reason, at) => sum + (reason ? 0 : product(at)), 0);
      const names = beta ? ["μν", "Σμν"] : ["μ", "Σμ"];
      const told = [["weight", number(face.values("weight")[place], 3)]];
      if (face.view.reasons[place]) told.splice(0, 1, ["not used", face.view.reasons[place]]);
      else if (stage.state.values && stage.state.moves === "weight") told.push(["by hand", "μ and ν do not count"]);
      else if (!face.learned()) told.push(["1/N", `one of ${face.usable()}, all alike`]);
      else {
        told.unshift(["μ", number(alpha[place], 3)], ...(beta ? [["ν", number(beta[place], 3)], [names[0], number(product(place), 3)]] : []), [names[1], number(total, 3)]);
        told[told.length - 1][1] += ` = ${number(product(place), 3)} / ${number(total, 3)}`;
      }
      lines.replaceChildren(...told.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]));
    },
  };
}
