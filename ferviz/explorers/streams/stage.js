// Two streams: lanes under one cursor on the left, answers and shares on the right; the fusion in a tab of its own.

export default explorer((stage) => {
  let [table, played, dressed] = [null, "", ""];
  let [stood, asked] = [0, null];  // the second by the last answer, and by the last wish, heard or not
  const film = Object.assign(streamFilm(stage), { row: null });
  const hand = streamWeights(stage, film);
  const { readout } = stage;
  const playing = streamPlayer(stage, film);
  const waiting = longWish(stage, "Looking at another clip …");
  const shellPreset = stage.preset;
  stage.preset = (place) => {
    playing.stop();
    waiting.begin();
    shellPreset(place);
  };
  const select = (label, change) => {
    const node = el("select.select", { "aria-label": label });
    node.onchange = () => change(node.value);
    return node;
  };
  const clips = select("Clip", (clip) => {
    waiting.begin();
    stage.ask({ clip });
  });
  const networks = select("Network", (network) => stage.ask({ network, frame_weights: null, voice_weights: null, position: null, pair: null, plays: "sound", sum: 0 }));
  const voices = select("Whose voice", (voice) => stage.ask({ voice_of: voice, voice_weights: null, position: null, pair: null, plays: "sound" }));
  const files = exports(stage, "streams", () => film.sheet, stage.root);
  const head = el("div.it-head.st-head", { "data-tool": "" });

  const face = choice("The face", ["seen", "gone"], (video) => stage.ask({ video }));
  const voice = choice("The voice", ["heard", "silent", "gone"], (audio) => stage.ask({ audio, voice_weights: null }));
  const HEAR = { sound: "the sound", kept: "what the mel keeps", position: "one position" };
  const plays = choice("What is played", Object.values(HEAR), (word) => {
    const chosen = Object.keys(HEAR).find((key) => HEAR[key] === word);
    stage.ask({ plays: chosen, ...(chosen === "position" ? { position: stage.state.position ?? heaviest() } : {}) });
  });
  const heaviest = () => film.spread().reduce((best, value, at, all) => (value > (all[best] || 0) ? at : best), 0);
  const dials = [
    dial({ name: "Covered", ends: [0, 1], step: 0.05, show: (share) => `${Math.round(100 * share)} %`, read: () => stage.state.cover, write: (cover) => stage.ask({ cover }) }),
    dial({ name: "Noise", ends: [-10, 30], step: 1, show: (level) => (level >= 30 ? "no noise" : fixed(0, " dB")(level)), read: () => stage.state.noise ?? 30, write: (level) => stage.ask({ noise: level >= 30 ? null : level }) }),
    dial({ name: "Later", ends: [-1, 1], step: 0.05, show: fixed(2, " s"), read: () => stage.state.shift, write: (shift) => stage.ask({ shift }) }),
  ];
  dials[1].node.title = "How many decibels the voice stands above the noise. At the right end there is no noise at all: a longer way from 29 dB, where there still is some, than from one decibel to the next";
  const reset = () => film.fixed || stage.ask({ video: "seen", audio: "heard", cover: 0, voice_of: "", shift: 0, noise: null, frame_weights: null, voice_weights: null, plays: "sound", position: null, pair: null });
  const back = el("button.button", { type: "button", text: "Reset", title: "The clip as it came, with the network's own weights (Escape)", onclick: reset });
  const named = (text, ...nodes) => el("span.it-pair", {}, el("span.it-quiet", { text }), ...nodes);
  const changes = el("div.st-changes", { "data-tool": "", role: "group", "aria-label": "Changes" },
    named("Face", face.node), dials[0].node, back, named("Voice", voice.node), dials[1].node, dials[2].node);
  const slider = el("input", { type: "range", min: "0", step: "0.01", value: "0", "aria-label": "Second" });
  slider.oninput = () => {
    playing.stop();
    film.go(Number(slider.value));
  };
  const strip = stripLane(stage, film);
  const lanes = [strip, barLane(stage, film, hand, "frames"), waveLane(stage, film), melLane(stage, film), mapLane(stage, film), barLane(stage, film, hand, "steps")];
  const clock = el("div.it-row", { "data-tool": "" }, el("div.it-name.it-play", {}, playing.node), slider);
  const caption = el("p.note.st-caption", { role: "status" });
  const left = el("div.column", {}, lanes[0].node, lanes[1].node, clock, ...lanes.slice(2).map((one) => one.node), caption, changes);
  const shares = sharePanel(stage, film);
  const truth = el("p.note.keep.st-truth");
  const answers = el("div");
  const right = el("div.column.st-side", {}, answers, shares.node, truth);
  const fusion = stepPanel(stage, film);
  const pairing = pairPanel(stage, film);
  const streams = el("div.panel.st-columns", {}, left, right);
  const warning = el("p.note.keep.st-warning", { role: "note", hidden: "" });
  const views = keptTabs(stage, { field: "tab", label: "Views", fixed: () => film.fixed,
    views: { streams: ["Streams", streams], fusion: ["Fusion, step by step", fusion.node], pairs: ["Pairs", pairing.node] } });
  const network = named("Network", networks);
  stage.body.append(head, warning, el("div.st-views", { "data-tool": "" }, views.node, network, files.node), streams, fusion.node, pairing.node);

  /** What goes with another sheet: its sound, and where it is another clip or network all that is chosen from. */
  function furnish() {
    const { sheet } = film;
    playing.fit();
    (played === sheet.film ? playing.change : playing.load)(sheet.sound);
    played = sheet.film;
    const offered = `${sheet.film}, ${sheet.network}, ${sheet.held}`;
    if (offered === dressed) return;
    dressed = offered;
    const option = ([value, text]) => el("option", { value, text });
    offer(clips, sheet.clips, { shown: sheet.clip, own: sheet.held && "your own clip" });
    voices.replaceChildren(...[["", "its own"], ...sheet.clips.map((name) => [name, name])].map(option));
    networks.replaceChildren(...sheet.networks.map((name) => option([name, name])));
    network.hidden = film.fixed || sheet.networks.length < 2;
    head.replaceChildren(...(film.fixed ? [el("span.it-quiet", { text: `${sheet.source}; saved without its kernel: it plays, and nothing is computed anew.` })]
      : [named("Clip", clips), named("with the voice of", voices), named("Hear", plays.node)]));
    changes.hidden = film.fixed;
    views.tab("pairs").hidden = film.fixed && !film.view.pairs;  // they were not seen when the page was saved
    warning.textContent = sheet.untrained;
    warning.hidden = !sheet.untrained;
    table = answerTable(stage, film);
    answers.replaceChildren(table.node);
  }

  const touched = () => {
    const { video, audio, cover, voice_of: other, shift, noise, frame_weights: frames, voice_weights: steps } = stage.state;
    return video !== "seen" || audio !== "heard" || cover > 0 || Boolean(other) || shift !== 0 || noise !== null || Boolean(frames) || Boolean(steps);
  };
  const top = (values) => values.indexOf(Math.max(...values));
  const answer = (values) => `${film.sheet.labels[top(values)]} ${number(values[top(values)])}`;

  function say() {
    const { sheet, view } = film;
    const { said, before, words } = view;
    readout.replaceChildren("label: ");
    if (touched()) readout.append(`${answer(before)} → `);
    readout.append(el("b", { text: answer(said.both) }), el("span.quiet", { text: sheet.own ? " your own clip" : ` ${sheet.clip}` }));
    const parts = [`${number(film.cursor())} s`];
    const times = (value, count) => (Number.isFinite(value) ? `${number(value * count, 1)} times 1/${count}` : "cannot be used here");
    if (film.frames() && stage.state.video === "seen") parts.push(`frame ${film.frame()}: ${sheet.frame_reasons[film.frame()] || times(film.weights("frames")[film.frame()], finite(film.weights("frames")).length)}`);
    const at = film.position();
    if (!film.off("audio")) {
      const seen = (key) => sheet.seen[key][at];
      if (at === null || at >= film.spread().length) parts.push(`voice: ${times(film.weights("steps")[film.column()], finite(film.weights("steps")).length)}`);
      else parts.push(`position ${at} hears ${number(seen("seconds_from"))} to ${number(seen("seconds_to"))} s, ${kilo(seen("hertz_from"))} to ${kilo(seen("hertz_to"))}: ${times(film.spread()[at], finite(film.spread()).length)}`);
    }
    const wide = !film.off("audio") && sheet.reach ? ` On the map ${sheet.reach}.` : "";  // a cell is no place then
    caption.textContent = waiting.said() || `${parts.join("; ")}.${wide} ${words.changed}`;
    truth.textContent = words.truth;
    slider.max = number(film.seconds());
    slider.value = String(film.cursor());
    slider.setAttribute("aria-valuetext", parts.join("; "));
    lanes.forEach((one) => one.say());
  }

  const step = (by) => (event) => {
    playing.stop();
    if (!film.ready()) return;
    if (fusion.open()) return void fusion.step(by);
    if (pairing.open()) return void (event.shiftKey ? pairing.move(0, by) : pairing.step(by));
    const frame = film.frameAt(film.at());
    if (event.shiftKey || !film.frames()) return void film.go(film.at() + by * 0.1);
    film.go(Math.abs(by) > 1 ? by * 1e4 : film.sheet.times[clamp(frame + by, 0, film.frames() - 1)]);
  };
  const lift = (by) => (event) => {
    if (fusion.open()) return void fusion.pair(-by);
    if (pairing.open()) return void pairing.move(-by, 0);
    return void hand.nudge(by)(event);
  };
  const when = (act) => (event) => film.ready() && !film.fixed && act(event);
  const flip = (field, on, off) => when(() => stage.ask({ [field]: stage.state[field] === off ? on : off, ...(field === "audio" ? { voice_weights: null } : {}) }));
  return {
    async picture(told) {
      const same = film.sheet?.film === told.film;
      const decoded = () => told.sprite ? createImageBitmap(new Blob([told.sprite], { type: "image/webp" })) : null;
      const image = same ? film.image : await decoded();
      if (film.sheet && told.turn < film.sheet.turn) return;  // a newer one came first
      const bytes = (view) => new Uint8Array(view.buffer ?? [], view.byteOffset ?? 0, view.byteLength ?? 0);
      const mel = bytes(told.mel);
      const seen = Object.fromEntries(Object.entries(told.seen ?? {}).map(([key, values]) => [key, floats(values)]));
      const example = Object.fromEntries(Object.entries(told.example).map(([key, values]) => [key, key === "factors" ? values : [...floats(values)]]));
      const shades = [mel.reduce((low, value) => Math.min(low, value), 255), mel.reduce((high, value) => Math.max(high, value), 0)];
      const sheet = { columns: 0, ...told, mel, seen, example, shades, outline: told.rows ? floats(told.outline) : [] };
      if (film.come({ sheet, image })) keepFocus(stage.root, furnish);
      if (!same && film.ready()) film.go((stood = stage.state.second ?? 0));
      stage.root.dataset.sheet = told.turn;
      stage.repaint();
    },
    answer(answer) {
      waiting.end();
      const rows = Object.fromEntries(Object.entries(answer.rows).map(([name, bytes]) => [name, floats(bytes)]));
      const steps = answer.steps && Object.fromEntries(Object.entries(answer.steps).map(([key, values]) => [key, key === "factors" ? values : [...floats(values)]]));
      const said = Object.fromEntries(Object.entries(answer.said).map(([who, values]) => [who, known(values)]));
      const pairs = answer.pairs && floats(answer.pairs);
      if (film.come({ view: { ...answer, rows, steps, pairs, said, before: known(answer.before) } })) keepFocus(stage.root, furnish);
      if (!film.ready()) return;
      const now = stage.state.second;
      if (now !== stood && now !== asked) {
        asked = null;
        film.go(now);
      }
      stood = now;
    },
    draw() {
      if (!film.ready()) return;
      const { state } = stage;
      views.draw();
      clips.value = state.clip;
      voices.value = state.voice_of;
      networks.value = film.sheet.network;
      face.draw(state.video);
      voice.draw(state.audio);
      plays.draw(HEAR[state.plays]);
      back.disabled = !touched() && state.position === null && !state.pair && state.plays === "sound";
      dials.forEach((one) => one.draw());
      playing.draw();
      table.draw(touched());
      shares.draw();
      fusion.draw();
      pairing.draw();
      files.draw();
      say();
    },
    here() {
      if (film.fixed || !film.ready() || Math.abs(film.second() - stage.state.second) < 0.01) return null;
      asked = film.second();  // its answer is no news, and nor is an older one where nobody heard it
      return { second: asked };
    },
    stop: () => playing.load(null),
    keys: {
      ArrowLeft: step(-1), ArrowRight: step(1), Home: step(-1e4), End: step(1e4), " ": playing.toggle, m: playing.mute,
      ArrowUp: lift(1), ArrowDown: lift(-1), p: hand.pick, x: flip("video", "seen", "gone"), v: flip("audio", "heard", "gone"), s: flip("audio", "heard", "silent"), Escape: when(reset),
    },
  };
});
