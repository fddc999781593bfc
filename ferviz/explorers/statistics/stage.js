// Statistics: the clip as a strip, one number of its feature below it, and what a linear machine makes of four statistics.

export default explorer((stage) => {
  let keeps = 0;
  const film = Object.assign(itemsOf(stage, { noun: "frame", field: "frame" }), { sheet: null, image: null });
  const numbers = itemsOf(stage, { noun: "number", field: "channel" });
  film.ready = () => Boolean(film.image && film.view && film.view.sheet === film.sheet.turn);
  film.paint = (context, place, x, y, side) => drawFrame(context, film, film.view.order[place], x, y, side);
  film.touched = () => Boolean(stage.state.order || stage.state.dropped?.length);
  film.curve = (channel) => film.view.order.map((_, place) => film.view.features[place * film.view.width + channel]);
  film.of = (one, channel) => Object.fromEntries(Object.entries(one.statistics).map(([name, values]) => [name, values[channel]]));
  numbers.ready = film.ready;
  const hand = { ...itemsHand(stage, film), ...orderHand(stage, film) };
  const waiting = longWish(stage, "Looking for the faces of another clip …");
  const shellPreset = stage.preset;
  stage.preset = (place) => {
    waiting.begin();
    [film, numbers].forEach((one) => one.forget());
    shellPreset(place);
  };
  const clips = el("select.select", { "aria-label": "Clip", onchange: () => {
    waiting.begin();
    stage.ask({ clip: clips.value });
  } });
  const { readout } = stage;
  const machine = el("p.note.keep.ss-machine");
  const below = el("p.note.it-moved", { role: "status" });
  const playing = player(film);
  const slider = el("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": "Frame" });
  const strip = stripRow(stage, film, { label: "Filmstrip" });
  const curve = curveRow(stage, film, numbers);
  const extremes = heldRow(stage, film);
  const tool = (text, title, onclick) => el("button.button", { type: "button", text, title, onclick });
  const drop = tool("Drop", "", hand.drop);
  const reset = tool("Reset", "Back to the clip as it came (Escape)", hand.reset);
  const most = tool("", "", () => film.ready() && jump());
  const tools = el("div.choice.it-tools", { role: "group", "aria-label": "Tools" }, drop, tool("Repeat", "Put this frame in once more (r)", hand.repeat),
    tool("Shuffle", "Put the frames in another order (s)", hand.shuffle), reset, most);
  const views = [fourPanel(stage, film, numbers), sumPanel(stage, film), allPanel(stage, film, numbers)];
  const panels = views.map((one) => one.node);
  const tabsOf = keptTabs(stage, { field: "tab", label: "Views", fixed: () => film.fixed,
    views: { four: ["Four statistics", panels[0]], sum: ["The sum", panels[1]], all: ["All numbers", panels[2]] } });
  const picture = pictureOf(stage, film);
  const caption = el("p.note.it-caption");
  const answers = el("div.answers");
  const head = el("div.it-head.ss-head");
  const files = exports(stage, "statistics", () => film.sheet, stage.root);
  const moved = signedBars({ caption: "How far the numbers of each statistic have moved, root mean square; the scale reaches to 0.2 at the least", text: fixed(3), least: 0.2 });
  let decisions = null;
  stage.body.append(head, el("div.it-columns.ss-columns", {},
    el("div.column", {}, strip.node, el("div.it-row", { "data-tool": "" }, el("div.it-name.it-play", {}, playing.node), slider), curve.node, extremes.node,
      el("div", { "data-tool": "" }, tools), below, el("div", { "data-tool": "" }, tabsOf.node), ...panels),
    el("div.column.it-side", {}, picture, caption, answers)));

  /** The number of which a statistic has moved most; of a clip as it came, the one that varies most; -1 where none does. */
  function farthest() {
    const { now, before, moved: far } = film.view;
    const sizes = Array(film.view.width).fill(0);
    for (const name of film.sheet.statistics) {
      if (film.touched() ? !far[name] : name !== "std") continue;  // one that has only been rounded anew has not moved
      now.statistics[name].forEach((value, at) => {
        sizes[at] = Math.max(sizes[at], film.touched() ? Math.abs(value - before.statistics[name][at]) : value);
      });
    }
    const size = Math.max(...sizes);
    return size > 0 ? sizes.indexOf(size) : -1;
  }

  function jump() {
    const place = farthest();
    if (place >= 0) numbers.go(place);
  }

  slider.oninput = () => {
    playing.stop();
    film.go(Number(slider.value));
  };

  function furnish() {
    const { sheet } = film;
    offer(clips, sheet.clips, { shown: sheet.clip, own: sheet.held && "your own clip" });
    tools.replaceChildren(...(film.fixed ? [most] : [drop, ...[...tools.children].filter((one) => ![drop, reset, most].includes(one)), reset, most]));
    head.replaceChildren(...(film.fixed ? [el("span.it-quiet", { text: `${sheet.source}; saved without its kernel: the cursor moves, the frames do not.`, "data-tool": "" }), machine, files.node]
      : [el("label.it-pair", { "data-tool": "" }, el("span.it-quiet", { text: "Clip" }), clips), machine, files.node]));
    decisions ??= signedBars({ caption: "The decision for each label; choose one to see its sum", text: (value) => signedNumber(value, 2), pick: film.fixed ? null : (label) => stage.ask({ label }) });
    const note = sheet.own ? "Your clip. It is not saved with the notebook." : "A label is the word that annotators would choose for the clip, not what a person feels.";
    answers.replaceChildren(el("h5.sub", { text: "The machine's decisions" }), decisions.node, el("div.ss-moved", {}, el("h5.sub", { text: "How far each statistic moved" }), moved.node), el("p.note.help", { text: note }));
  }

  function say() {
    const { sheet, view } = film;
    const place = film.cursor();
    const best = (one) => one.decision.indexOf(Math.max(...one.decision));
    const [first, then] = [best(view.before), best(view.now)];
    readout.replaceChildren("label: ", ...(film.touched() && first !== then ? [`${view.labels[first]} → `] : []), el("b", { text: `${view.labels[then]} ${signedNumber(view.now.decision[then])}` }),
      el("span.ss-truth", { text: view.words.truth && `; ${view.words.truth}` }), el("span.quiet", { text: ` ${sheet.own ? "your own clip" : sheet.clip}` }));
    machine.textContent = view.words.fitted;
    const reason = view.reasons[place];
    caption.textContent = `Frame ${place}: ${originOf(sheet, view.order[place])}. ${reason ? `Not used: ${reason}.` : `It alone holds ${number(view.rows.held[place], 0)} of ${2 * view.width} extremes.`}`;
    slider.value = String(place);
    slider.setAttribute("aria-valuetext", `frame ${place} of ${view.order.length}`);
    picture.setAttribute("aria-label", caption.textContent);
    below.textContent = waiting.said() || view.words.done;  // how far, the bars on the right say
    below.hidden = !below.textContent;
    hand.offer(drop, "Leave this frame out (x)");
    reset.disabled = !film.touched();
    most.disabled = farthest() < 0;
    [most.textContent, most.title] = film.touched() ? ["Number that moved most", "Go to the number of which a statistic has moved most (j)"]
      : ["Number that varies most", "Go to the number with the largest standard deviation (j)"];
    [strip, curve, extremes].forEach((one) => one.say(place));
    const was = (value) => (film.touched() ? value : null);
    decisions.set(view.labels.map((name, at) => ({ name, value: view.now.decision[at], before: was(view.before.decision[at]), strong: at === then })), view.label);
    moved.set(Object.entries(view.moved).map(([name, value]) => ({ name, value })));
  }

  const step = (by) => (event) => {
    playing.stop();
    if (film.ready()) film.go(film.at() + by * (event.shiftKey ? 5 : 1));
  };
  const other = (by) => (event) => film.ready() && numbers.go(numbers.at() + by * (event.shiftKey ? 10 : 1));
  const when = (act) => (event) => film.ready() && act(event);
  return {
    async picture(told) {
      if (told.turn === film.sheet?.turn) return;  // told again, to another view
      [film, numbers].forEach((one) => one.forget());
      film.image = null;
      const image = await createImageBitmap(new Blob([told.sprite], { type: "image/webp" }));
      if (film.sheet && told.turn < film.sheet.turn) return;  // a newer one came first
      Object.assign(film, { sheet: told, image, fixed: Boolean(told.offline) });
      playing.load(told.sound);
      keepFocus(stage.root, furnish);
      stage.root.dataset.sheet = told.turn;
      stage.repaint();
    },
    answer(answer) {
      waiting.end();
      [film, numbers].forEach((one) => one.follow());
      const told = (one) => ({ ...one, statistics: Object.fromEntries(Object.entries(one.statistics).map(([name, values]) => [name, floats(values)])) });
      film.view = { ...answer, rows: { held: floats(answer.held) }, features: floats(answer.features), now: told(answer.now), before: told(answer.before) };
      numbers.view = { reasons: Array(answer.width).fill("") };
    },
    draw() {
      if (!film.ready()) return;
      slider.max = String(film.view.order.length - 1);
      slider.style.width = `${Math.min(100, (100 * WIDEST * film.view.order.length) / Math.max(1, strip.canvas.clientWidth))}%`;
      strip.fit();
      clips.value = stage.state.clip;
      playing.draw();
      tabsOf.draw();
      say();
      views.forEach((one) => one.draw());
      files.draw();
      clearTimeout(keeps);  // where the hand comes to rest is a choice; what it passes is none
      if (!film.fixed && numbers.strayed()) keeps = setTimeout(() => stage.ask(numbers.here()), 450);
    },
    here: () => (!film.ready() || film.fixed || !(film.strayed() || numbers.strayed()) ? null : { ...film.here(), ...numbers.here() }),
    stop() {
      clearTimeout(keeps);
      playing.load(null);
    },
    keys: {
      ArrowLeft: step(-1), ArrowRight: step(1), Home: step(-1e4), End: step(1e4), ArrowUp: other(-1), ArrowDown: other(1), " ": playing.toggle, m: playing.mute,
      x: when(hand.drop), Delete: when(hand.drop), r: when(hand.repeat), s: when(hand.shuffle), j: when(jump), Escape: when(hand.reset),
    },
  };
});
