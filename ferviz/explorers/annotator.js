// Be the annotator: one face after the other; a word and a place, the reveal, and at the end three agreements.

export default explorer((stage) => {
  let told = null;
  let view = null;
  let draft = { word: "", place: null };
  let words = null;
  const readout = el("p.readout");
  const face = stage.canvas({ label: "The face. Click the place that carries the expression.", paint: paintFace });
  const bar = stage.canvas({ label: "Colour bar", aspect: "auto", paint: (c, w, h) => view?.reveal && colourbar(c, w, h, { scale: told.scale, values: [view.reveal.top], colours: stage.colours }) });
  const barNote = el("p.note");
  const side = el("div.ask");
  const question = el("h4.heading");
  const next = el("button.button.next", { type: "button", onclick: () => go() });
  const end = el("button.button", { type: "button", text: "To the agreement", onclick: () => stage.ask({ item: told.count }) });
  const back = el("button.button", { type: "button", text: "Back", onclick: () => stage.ask({ item: stage.state.item - 1 }) });
  const hint = el("p.note");
  const reveal = el("dl.reveal");
  const dots = el("div.dots", { "aria-hidden": "true" });
  const work = el("div.bench", {}, el("div.column", {}, face, bar, barNote), side);
  const summary = el("div.summary", { hidden: "" });
  face.classList.add("fv-target");
  stage.body.append(readout, dots, work, summary);

  const answered = () => stage.state.item < stage.state.answers.length;
  const fresh = () => { draft = { word: "", place: null }; };

  function go() {
    const { item, answers } = stage.state;
    if (answered()) {
      fresh();
      stage.ask({ item: item + 1 });
    } else if (draft.word && draft.place) stage.ask({ answers: [...answers, [draft.word, ...draft.place]] });
    stage.root.focus({ preventScroll: true });
  }
  const pick = (word) => {
    if (answered() || !view.image) return;
    draft.word = word;
    stage.repaint();
  };
  const mark = (x, y) => {
    if (answered() || !view.image) return;
    draft.place = [x, y].map((at) => Math.round(1000 * clamp(at, 0, 0.999)) / 1000);
    stage.repaint();
  };
  face.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const box = face.getBoundingClientRect();
    mark((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    stage.root.focus({ preventScroll: true });
    event.preventDefault();
  });

  function paintFace(context, width, height) {
    if (!view?.picture) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(view.reveal ? view.grey : view.picture, 0, 0, width, height);
    if (view.reveal) {
      if (view.painted !== stage.colours) [view.painted, view.over] = [stage.colours, mapImage({ map: view.reveal.map, scale: told.scale }, view.side, stage.colours)];
      context.imageSmoothingEnabled = false;
      context.drawImage(view.over, 0, 0, width, height);
    }
    const place = view.reveal ? view.reveal.answer.slice(1) : draft.place;
    if (place) crosshair(context, place[0] * width, place[1] * height, width / 30);
  }

  function sayFace() {
    const { reveal: known } = view;
    const { item } = stage.state;
    const word = known ? known.answer[0] : draft.word;
    question.textContent = "Which word would you choose?";
    words.draw(word);
    for (const button of words.node.children) button.disabled = Boolean(known);
    const ready = draft.word && draft.place;
    next.textContent = !known ? "Reveal" : item + 1 < told.count ? "Next face" : "See the agreement";
    next.disabled = !known && !ready;
    back.hidden = item === 0;
    end.hidden = stage.state.answers.length < told.count;
    hint.textContent = known ? "" : ready ? "Enter reveals." : draft.word ? "Now mark the place that you think carries it: click the face, or use the arrow keys." : "Choose a word (1 to 7), and click the place that you think carries it.";
    bar.hidden = !known;
    barNote.textContent = !known ? "" : known.flat ? "Flat: nothing that is seen moves." : `How far the emotion has moved what a pixel shows, in mm; at most ${number(known.top, 1)}. The cross is your mark.`;
    bar.setAttribute("aria-label", `Colour bar. ${barNote.textContent}`);
    reveal.hidden = !known;
    if (!known) return;
    const most = known.most.map(([name, mm]) => `${name} ${number(mm, 1)} mm`).join(", ");
    const rows = [
      ["You", `${known.answer[0]}, at ${known.region}: ${number(known.here, 1)} mm`],
      ["The generator", `${known.emotion}${known.emotion === "neutral" ? "" : ` at intensity ${number(known.intensity)}`}`],
      ["moves most", known.flat ? "nothing that is seen" : most],
      ["Your mark", known.flat ? "there was no place to mark" : known.hit ? "on the part that moves at least half as much as the most" : "beside the part that moves at least half as much as the most"],
      ["The baseline", `label: ${known.label} ${number(known.probability)}`],
    ];
    reveal.replaceChildren(...rows.flatMap(([term, text]) => [el("dt", { text: term }), el("dd", { text })]));
  }

  function saySummary() {
    const rows = Object.entries(view.summary).map(([name, a]) => el("tr", {}, el("th", { text: name, scope: "row" }), el("td", {}, el("b", { text: `${a.count} of ${a.n}` })),
      el("td", { text: `${number(a.count / a.n)} [${number(a.low)}, ${number(a.high)}]` }), el("td", {}, interval(a)), el("td", { text: number(a.kappa ?? NaN) })));
    const [hits, n, blind] = view.places;
    const faces = view.known.map((row, at) => el("tr", {}, el("th", { text: String(at + 1), scope: "row" }), ...row.map((word, place) => {
      const same = place > 0 && word === row[0];
      return el(same ? "td.same" : "td", { text: place > 0 ? `${word}${same ? " ✓" : ""}` : word });
    }), el("td", {}, el("button.button", { type: "button", text: "Look", "aria-label": `Look at face ${at + 1}`, onclick: () => stage.ask({ item: at }) }))));
    const head = (names) => el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { text: name, scope: "col" }))));
    summary.replaceChildren(
      el("table.table", { "aria-label": "Agreement" }, head(["the same word", "count", "share, 95 % interval", "0 to 1", "kappa"]), el("tbody", {}, ...rows)),
      el("p", { text: `Your marks: ${hits} of ${n} lie where the emotion moves at least half as much as where it moves most. A blind dart at the visible face would hit ${number(blind, 1)} of ${n}. Neutral faces have no place and are not counted.` }),
      el("p.note", { text: "The generator knows which recipe it drew; annotators of photographs have no such truth, and the same expression can be called by several words. Twenty faces give wide intervals: read them before the counts. Nothing of this is stored." }),
      el("details", {}, el("summary", { text: "All twenty faces" }), el("table.table", { "aria-label": "All faces" }, head(["face", "the generator", "you", "the baseline", ""]), el("tbody", {}, ...faces))),
      el("div.choice", {}, el("button.button", { type: "button", text: "Twenty other faces", onclick: () => restart(stage.state.seed + 1) }), el("button.button", { type: "button", text: "The same twenty again", onclick: () => restart(stage.state.seed) })),
    );
  }
  const restart = (seed) => {
    fresh();
    stage.ask({ seed, item: 0, answers: [] });
  };

  const nudge = (dx, dy) => (event) => {
    const [x, y] = draft.place ?? [0.5, 0.5];
    const far = draft.place ? (event.shiftKey ? 0.1 : 0.02) : 0;
    mark(x + dx * far, y + dy * far);
  };
  const digits = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`${at + 1}`, () => told.labels[at] && pick(told.labels[at])]));

  return {
    picture(sheet) {
      told = sheet;
      words = choice("Word", told.labels, pick);
      side.replaceChildren(question, words.node, el("p.note", { text: "You choose the word for the picture, as annotators do: not what a person feels." }), reveal, hint, el("div.choice", {}, next, back, end));
      dots.replaceChildren(...Array.from({ length: told.count }, () => el("i")));
    },
    answer(answer) {
      view = { ...answer };
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
      readout.replaceChildren(...(view.summary ? ["Twenty faces, three readers"] : [`Face ${item + 1} of ${told.count}`, el("span.quiet", { text: view.reveal ? " what the generator knows" : " a word and a place, then the reveal" })]));
      if (view.summary) saySummary();
      else sayFace();
    },
    keys: { ArrowLeft: nudge(-1, 0), ArrowRight: nudge(1, 0), ArrowUp: nudge(0, -1), ArrowDown: nudge(0, 1), Enter: (event) => (event.target.matches("button") ? event.target.click() : view.image && go()), ...digits },
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
