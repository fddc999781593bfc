// Viewers: a clip's votes and a guess on the left; a rule with two powers, and what it misses, on the right.

export default explorer((stage) => {
  let [sheet, view, table] = [null, null, null];
  const tally = new Map();  // clip → what was guessed, null where it was told: it stays in this page
  const { readout } = stage;
  const alone = () => Boolean(sheet?.offline);
  const parts = choice("Which clips", ["conflict", "all"], (part) => stage.ask({ part, clip: "", guess: "", told: false }));
  const next = el("button.button", { type: "button", text: "Another clip", title: "Draw another clip (Enter)", onclick: () => alone() || stage.act("another") });
  const named = (text, ...nodes) => el("span.vw-pair", {}, el("span.vw-quiet", { text }), ...nodes);
  const files = exports(stage, "viewers", () => sheet, stage.root);
  const head = el("div.vw-head", { "data-tool": "" }, named("Clips", parts.node), next, files.node);
  const clip = el("h4.heading.vw-clip");
  const votes = el("div");
  const reveal = el("p.note.keep.vw-reveal", { role: "status" });
  const score = el("p.note.keep");
  const move = (powers) => {
    if (!alone()) stage.ask(powers);
  };
  const map = ruleMap(stage, () => ({ ...sheet, best: view.best }), move);
  const power = (name, field) => dial({ name, ends: [0, 3], step: 0.05, show: fixed(2), read: () => stage.state[field], write: (value) => move({ [field]: value }) });
  const dials = [power("voice power", "voice_power"), power("face power", "face_power")];
  const best = el("button.button", { type: "button", text: "Best powers", title: "The two powers that come nearest to people, over these same clips", onclick: () => alone() || stage.act("best") });
  const board = el("table.table.vw-board", { "aria-label": "Rules against people" });
  const missed = el("table.table.vw-missed", { "aria-label": "Clips that this rule misses, farthest first" });
  const formula = el("p.note", { text: "What it answers is proportional to (share of the voice) to the voice power, times (share of the face) to the face power." });
  const left = el("div.column", {}, clip, votes, reveal, score);
  const right = el("div.column", {},
    el("div.vw-rule", {}, el("div", {}, map.canvas, map.bar, el("p.note", { text: "Nats from people: 0 where a rule gives their very shares. Filled: this rule; ring: the best powers." })), el("div", {}, el("h5.sub", { text: "A rule with two powers" }), formula, ...dials.map((one) => one.node), el("div.choice", { "data-tool": "" }, best), board)),
    el("h5.sub", { text: "What this rule misses, farthest first" }), missed);
  stage.body.append(head, el("div.vw-columns", {}, left, right));

  const guess = (word) => {
    if (!view || view.revealed || alone()) return;
    stage.ask({ guess: word });
  };

  function furnish() {
    table = beside(sheet.labels, { voice: "voice", face: "face", both: "both", rule: "rule" }, { pick: alone() ? null : guess, caption: "Votes on each word; choose the one that most people gave to both" });
    votes.replaceChildren(table.node);
    head.hidden = false;
    for (const tool of [next, best, parts.node.parentElement]) tool.hidden = alone();
    for (const one of dials) one.node.querySelector("input").disabled = alone();
  }

  const cells = (kind, texts) => texts.map((text) => (text instanceof Node ? el(kind, {}, text) : el(kind, { text })));
  function rows() {
    const heads = ["", "nats from people", "words missed"].map((text) => el("th", { scope: "col", text }));
    const line = ([name, { distance, misses, untied }]) => el("tr", name === "this rule" ? { className: "fv-chosen" } : {}, ...cells("td", [name, number(distance, 3), `${misses} of ${untied}`]));
    board.replaceChildren(el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...Object.entries(view.rows).map(line)));
    // its row has said what people said to both: that is no guess any more
    const open = (name) => (alone() ? name : el("button.cell", { type: "button", text: name, onclick: () => stage.ask({ clip: name, guess: "", told: true }) }));
    const titles = ["clip", "voice", "face", "both", "rule"].map((text) => el("th", { scope: "col", text }));
    missed.replaceChildren(el("thead", {}, el("tr", {}, ...titles)), el("tbody", {}, ...view.misses.map((one) => el("tr", {}, ...cells("td", [open(one.clip), one.voice, one.face, one.both, one.rule])))));
  }

  /** How often the person, the face and the rule met what people said, over the clips that were guessed in this page. */
  function count() {
    const all = [...tally.values()].filter(Boolean);
    if (!all.length) return "";
    const hits = (name) => all.filter((one) => one[name] === one.people).length;
    return `Of ${all.length} guessed without a tie: you ${hits("guess")}, always the face ${hits("face")}, the rule ${hits("rule")}.`;
  }

  const share = (counts) => {
    const all = counts.reduce((sum, each) => sum + each, 0);
    return counts.map((each) => each / all);
  };
  const first = (values) => values.indexOf(Math.max(...values));
  const keys = Object.fromEntries(["anger", "disgust", "fear", "happiness", "neutral", "sadness"].map((word) => [word[0], () => sheet?.labels.includes(word) && guess(word)]));
  const onward = () => alone() || stage.act("another");
  return {
    picture(told) {
      sheet = told;
      furnish();
    },
    answer(answer) {
      view = answer;
      map.set([...floats(answer.map)]);
      if (answer.revealed && answer.word >= 0 && !tally.has(answer.clip)) {
        tally.set(answer.clip, answer.state.guess ? { people: answer.word, guess: sheet ? sheet.labels.indexOf(answer.state.guess) : -1, face: first(answer.face), rule: first(answer.said) } : null);
      }
    },
    draw() {
      if (!sheet || !view) return;
      parts.draw(stage.state.part);
      [map, ...dials].forEach((one) => one.draw());
      const shown = { voice: share(view.voice), face: share(view.face), both: view.revealed ? share(view.both) : null, rule: view.revealed ? view.said : null };
      const texts = { voice: view.voice, face: view.face, both: view.both, rule: view.said?.map((value) => number(value)) };
      table.set(shown, { chosen: stage.state.guess, text: (column, place) => String(texts[column][place]), hidden: "?" });
      clip.textContent = `Clip ${view.clip}`;  // a number before the guess: its name says what the actor was asked for
      readout.replaceChildren(...(view.revealed ? ["to both: ", el("b", { text: view.word < 0 ? "a tie" : sheet.labels[view.word] })] : ["What did most people say to both?"]),
        el("span.quiet", { text: ` ${sheet.counts[stage.state.part]} ${stage.state.part === "all" ? "clips" : "clips in conflict"} of ${sheet.actors} actors` }));
      reveal.textContent = view.revealed ? view.words.reveal : "Choose a word: click its row, or press its first letter.";
      score.textContent = count();
      keepFocus(stage.root, rows);
      files.draw();
    },
    keys: { ...keys, Enter: onward, ArrowRight: onward },
  };
});
