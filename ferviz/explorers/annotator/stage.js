// Be the annotator: one face after the other; a word and a place or a frame, the reveal, and at the end the agreements.

export default explorer((stage) => {
  let told = null;
  let view = null;
  let draft = { word: "", place: null, frame: null };
  const summed = news();
  let words = null;
  const { readout } = stage;
  const face = stage.canvas({ label: "The face", paint: paintFace });
  const bar = stage.canvas({ label: "Colour bar", aspect: "auto", paint: (c, w, h) => view?.reveal && colourbar(c, w, h, { scale: told.scale, values: [view.reveal.top], colours: stage.colours }) });
  const barNote = el("p.note");
  const side = el("div.ask");
  const question = el("h4.heading");
  const next = el("button.button.next", { type: "button", onclick: () => go() });
  const end = el("button.button", { type: "button", text: "To the agreement", onclick: () => turn({ item: told.count }) });
  const back = el("button.button", { type: "button", text: "Back", onclick: () => turn({ item: stage.state.item - 1 }) });
  const hint = el("p.note");
  const reveal = el("dl.reveal");
  const dots = el("div.dots", { "aria-hidden": "true" });
  const reel = film(stage, (frame) => mark({ frame }));
  const work = el("div.bench", {}, el("div.column", {}, face, bar, barNote), reel.node, side);
  const summary = el("div.summary", { hidden: "" });
  face.classList.add("fv-target");
  stage.body.append(dots, work, summary);

  const answered = () => stage.state.item < stage.state.answers.length;
  const fresh = () => { draft = { word: "", place: null, frame: null }; };
  const ready = () => draft.word && (view.frames ? draft.frame !== null : draft.place);

  /** The button that was pressed may be gone by then: the keys go on at the stage. */
  function turn(changes) {
    stage.ask(changes);
    stage.root.focus({ preventScroll: true });
  }

  function go() {
    const { item, answers } = stage.state;
    if (answered()) {
      if (!view.reveal) return;  // the second of two quick keys does not skip what the first asked for
      fresh();
      stage.ask({ item: item + 1 });
    } else if (ready()) stage.ask({ answers: [...answers, [draft.word, ...(view.frames ? [draft.frame] : draft.place)]] });
    else if (view.frames) mark({ frame: reel.frame() });
    stage.root.focus({ preventScroll: true });
  }
  const pick = (word) => {
    if (answered() || view.summary) return;
    draft.word = word;
    stage.repaint();
  };
  const mark = (where) => {
    if (answered() || view.summary) return;
    Object.assign(draft, where);
    stage.repaint();
  };
  const markPlace = (x, y) => mark({ place: [x, y].map((at) => Math.round(1000 * clamp(at, 0, 0.999)) / 1000) });
  face.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const box = face.getBoundingClientRect();
    if (view.frames) reel.toggle();
    else markPlace((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    stage.root.focus({ preventScroll: true });
    event.preventDefault();
  });

  function paintFace(context, width, height) {
    const picture = view?.frames ? reel.picture() : view?.reveal ? view.grey : view?.picture;
    if (!picture) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, width, height);
    if (view.frames) return;
    if (view.reveal) {
      if (view.painted !== stage.colours) [view.painted, view.over] = [stage.colours, mapImage({ map: view.reveal.map, scale: told.scale }, view.side, stage.colours)];
      context.imageSmoothingEnabled = false;
      context.drawImage(view.over, 0, 0, width, height);
    }
    const place = view.reveal ? view.reveal.answer.slice(1) : draft.place;
    if (place) crosshair(context, place[0] * width, place[1] * height, width / 30);
  }

  function sayFace() {
    const { reveal: known, frames } = view;
    const { item } = stage.state;
    question.textContent = "Which word would you choose?";
    words.draw(known ? known.answer[0] : draft.word);
    for (const button of words.node.children) button.disabled = Boolean(known);
    next.textContent = !known ? "Reveal" : item + 1 < told.count ? "Next face" : "See the agreement";
    next.disabled = !known && !ready();
    back.hidden = item === 0;
    end.hidden = stage.state.answers.length < told.count;
    hint.textContent = known ? "" : whatNext();
    bar.hidden = !known || Boolean(frames);
    barNote.textContent = bar.hidden ? "" : known.flat ? "Flat: nothing that is seen moves." : `How far the emotion has moved what a pixel shows, in mm; at most ${number(known.top, 1)}. The cross is your mark.`;
    bar.setAttribute("aria-label", `Colour bar. ${barNote.textContent}`);
    work.classList.toggle("fv-moving", Boolean(frames));
    work.classList.toggle("fv-known", Boolean(known));
    reel.node.hidden = !frames;
    if (frames) reel.draw(known ? known.answer[1] : draft.frame, known, told.telling);
    face.setAttribute("aria-label", frames ? `The face, frame ${reel.frame()} of ${frames.length}. Click it to play the clip.` : known ? "The face in gray, with the map of what the emotion moved and your mark." : "The face. Click the place that carries the expression.");
    reveal.hidden = !known;
    if (known) reveal.replaceChildren(...(frames ? ofClip(known) : ofStill(known)).flatMap(([term, text]) => [el("dt", { text: term }), el("dd", { text })]));
  }

  function whatNext() {
    if (ready()) return "Enter reveals.";
    const wanted = view.frames ? "mark the frame that tells most: go through the film, and press Enter or the button" : "mark the place that you think carries it: click the face, or use the arrow keys";
    if (draft.word) return `Now ${wanted}.`;
    return (view.frames ? draft.frame !== null : draft.place) ? "Now choose a word (1 to 7)." : `Choose a word (1 to 7), and ${wanted}.`;
  }

  const meant = (known) => `${known.emotion}${known.emotion === "neutral" ? "" : ` at intensity ${number(known.intensity)}`}`;
  const ofStill = (known) => [
    ["You", `${known.answer[0]}, at ${known.region}: ${number(known.here, 1)} mm`],
    ["The generator", meant(known)],
    ["moves most", known.flat ? "nothing that is seen" : known.most.map(([name, mm]) => `${name} ${number(mm, 1)} mm`).join(", ")],
    ["Your mark", known.flat ? "there was no place to mark" : known.hit ? "on the part that moves at least half as much as the most" : "beside the part that moves at least half as much as the most"],
    ["The baseline", `label: ${known.label} ${number(known.probability)}`],
  ];
  const ofClip = (known) => [
    ["You", `${known.answer[0]}, frame ${known.answer[1]}: evidence ${number(known.here)}`],
    ["The generator", meant(known)],
    ["shows it in", known.flat ? "no frame" : `${known.stretches}, most in frame ${known.best}`],
    ["Your mark", known.flat ? "there was no frame to mark" : known.hit ? `on a frame with evidence ${told.telling} or more` : `on a frame with evidence below ${told.telling}`],
    ["The baseline", `label: ${known.label} ${number(known.probability)} (mean over the frames)`],
    ["most certain", `${known.emotion} ${number(known.curves.said[known.surest])} in frame ${known.surest}${known.flat ? "" : `: evidence ${number(known.curves.evidence[known.surest])}`}`],
  ];

  function saySummary() {
    const rows = Object.entries(view.summary).map(([name, a]) => el("tr", {}, el("th", { text: name, scope: "row" }), el("td", {}, el("b", { text: `${a.count} of ${a.n}` })),
      el("td", { text: `${number(a.count / a.n)} [${number(a.low)}, ${number(a.high)}]` }), el("td", {}, interval(a)), el("td", { text: number(a.kappa ?? NaN) })));
    const marks = Object.entries(view.marks).filter(([, [, n]]) => n).map(([name, [hits, n, chance]]) => el("tr", {}, el("th", { text: name, scope: "row" }), el("td", {}, el("b", { text: `${hits} of ${n}` })), el("td", { text: `${number(chance, 1)} of ${n}` })));
    const faces = view.known.map((row, at) => el("tr", {}, el("th", { text: `${at + 1}${view.clips[at] ? ", clip" : ""}`, scope: "row" }), ...row.map((word, place) => {
      const same = place > 0 && word === row[0];
      return el(same ? "td.same" : "td", { text: place > 0 ? `${word}${same ? " ✓" : ""}` : word });
    }), el("td", {}, el("button.button", { type: "button", text: "Look", "aria-label": `Look at face ${at + 1}`, onclick: () => turn({ item: at }) }))));
    const head = (names) => el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { text: name, scope: "col" }))));
    summary.replaceChildren(
      el("table.table", { "aria-label": "Agreement" }, head(["the same word", "count", "share, 95 % interval", "0 to 1", "kappa"]), el("tbody", {}, ...rows)),
      el("table.table", { "aria-label": "Marks" }, head(["marks that hit", "count", "by chance"]), el("tbody", {}, ...marks)),
      el("p.note", { text: `A place hits where the emotion moves at least half as much as where it moves most; by chance: a blind dart at the visible face. A frame hits with evidence ${told.telling} or more, and beside the baseline with ${told.telling} or more of its largest probability of the label; by chance: any frame. The baseline’s frame is the one in which it is most certain of the label. Neutral faces have nothing to mark and are not counted.` }),
      el("p.note", { text: "The generator knows which recipe it drew; annotators of photographs have no such truth, and the same expression can be called by several words. Twenty faces give wide intervals, and a handful of clips says less still. Nothing of this is stored." }),
      el("details", {}, el("summary", { text: "All twenty faces" }), el("table.table", { "aria-label": "All faces" }, head(["face", "the generator", "you", "the baseline", ""]), el("tbody", {}, ...faces))),
      el("div.choice", {}, el("button.button", { type: "button", text: "Twenty other faces", onclick: () => restart(stage.state.seed + 1) }), el("button.button", { type: "button", text: "The same twenty again", onclick: () => restart(stage.state.seed) })),
    );
  }
  const restart = (seed) => {
    fresh();
    turn({ seed, item: 0, answers: [] });
  };

  const nudge = (dx, dy) => (event) => {
    if (view.frames) {
      if (dx) reel.step(dx * (event.shiftKey ? 5 : 1));
      return;
    }
    const [x, y] = draft.place ?? [0.5, 0.5];
    const far = draft.place ? (event.shiftKey ? 0.1 : 0.02) : 0;
    markPlace(x + dx * far, y + dy * far);
  };
  const digits = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`${at + 1}`, () => told.labels[at] && pick(told.labels[at])]));

  return {
    picture(sheet) {
      told = sheet;
      words = choice("Word", told.labels, pick);
      side.replaceChildren(question, words.node, el("p.note.help", { text: "You choose the word for the picture, as annotators do: not what a person feels." }), reveal, hint, el("div.choice", {}, next, back, end));
      dots.replaceChildren(...Array.from({ length: told.count }, () => el("i")));
    },
    answer(answer) {
      view = { ...answer };
      reel.stop();
      if (view.frames) reel.load(view, `${view.state.seed}/${view.state.item}`);
      for (const holder of [view, view.reveal]) for (const name of ["image", "map"]) if (holder?.[name]) holder[name] = new Uint8Array(holder[name].buffer, holder[name].byteOffset, holder[name].byteLength);
      if (!view.image) return;
      view.picture = toImage(view.image, view.side);
      view.grey = toImage(view.image, view.side, true);
    },
    draw() {
      if (!view || !told) return;
      const { item, answers } = view.state;
      work.hidden = Boolean(view.summary);
      summary.hidden = !view.summary;
      [...dots.children].forEach((dot, at) => { dot.className = at === item ? "fv-here" : at < answers.length ? "fv-done" : ""; });
      readout.replaceChildren(...(view.summary ? ["Twenty faces, three readers"] : [`Face ${item + 1} of ${told.count}`, el("span.quiet", { text: view.reveal ? " what the generator knows" : view.frames ? " a moving clip: a word and a frame, then the reveal" : " a word and a place, then the reveal" })]));
      if (!view.summary) sayFace();
      else if (summed(view)) saySummary();  // a repaint leaves what is open, and the focus
    },
    stop: reel.close,
    keys: { ArrowLeft: nudge(-1, 0), ArrowRight: nudge(1, 0), ArrowUp: nudge(0, -1), ArrowDown: nudge(0, 1), Enter: () => view.summary || go(), p: () => view.frames && reel.toggle(), m: () => view.frames && reel.mute(), ...digits },
  };
});

function crosshair(context, x, y, reach) {
  for (const [line, ink] of [[5, "#000000"], [2.5, "#ffffff"]]) {
    context.lineWidth = line;
    context.strokeStyle = ink;
    context.beginPath();
    context.arc(x, y, reach * 0.55, 0, 7);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + dx * reach * 0.55, y + dy * reach * 0.55);
      context.lineTo(x + dx * reach * 1.2, y + dy * reach * 1.2);
    }
    context.stroke();
  }
}

/** A share with its interval on a line from 0 to 1. */
function interval({ count, n, low, high }) {
  const node = el("div.interval", { "aria-hidden": "true" }, el("i"), el("b"));
  node.firstChild.style.left = `${100 * low}%`;
  node.firstChild.style.width = `${100 * (high - low)}%`;
  node.lastChild.style.left = `${(100 * count) / n}%`;
  return node;
}
