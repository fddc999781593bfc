// Two streams: what voice, face and both answer, side by side, and Shapley's shares of the answer.

const WHO = { audio: "voice", video: "face", both: "both" };

/** Three bars a label; a press chooses the label whose shares are shown. */
function answerTable(stage, film) {
  const caption = "Probability of each label to the voice alone, to the face alone and to both; choose one to see its shares";
  const table = beside(film.sheet.labels, WHO, { pick: film.fixed ? null : (label) => stage.ask({ label }), caption });
  const other = news();
  return {
    node: table.node,
    draw(changed) {
      if (!other(film.view, changed, film.off("audio"), film.off("video"))) return;
      const { said, before, label } = film.view;
      const values = { audio: film.off("audio") ? null : said.audio, video: film.off("video") ? null : said.video, both: said.both };
      table.set(values, { chosen: label, ghost: changed ? { both: before } : {} });
    },
  };
}

/** Shares as bars to the left and right of nothing; thin marks are those with the other stand-in. */
function sharePanel(stage, film) {
  const scale = choice("Shares of what", ["logit", "probability"], (word) => film.tell({ scale: word }));
  const absent = choice("What stands for a stream that is not there", ["learned", "mean"], (word) => film.tell({ absent: word }));
  const heading = el("h5.sub");
  const rows = ["voice", "face", "only together"].map((name) => {
    const [fill, ghost, text] = [el("span.st-fill"), el("span.ghost"), el("span.now")];
    return { name, fill, ghost, text, node: el("div.st-share", {}, el("span.label", { text: name }), el("span.st-track", {}, fill, ghost), text) };
  });
  const sum = el("p.note.st-sum");
  const pair = (text, node, hint) => el("span.it-pair", { title: hint }, el("span.it-quiet", { text }), node);
  const tools = el("div.st-tools.aside", { "data-tool": "" }, pair("of the", scale.node, "A logit is taken less the mean over the labels"),
    pair("stand-in", absent.node, "What takes the place of a stream that is left out: a learned vector, or the mean of the training clips"));
  const body = el("div", {}, ...rows.map((row) => row.node), sum);
  const note = el("p.note.keep", { text: "Shares need both streams: one is missing." });
  const node = el("div.st-shares", {}, heading, tools, body, note);
  const other = news();
  return {
    node,
    draw() {
      const { shares, label } = film.view;
      const { scale: kind, absent: stand } = stage.state;
      if (!other(film.view, kind, stand)) return;
      scale.draw(kind);
      absent.draw(stand);
      heading.textContent = `What each adds to the ${kind} of ${label}`;
      body.hidden = tools.hidden = !shares;
      note.hidden = Boolean(shares);
      if (!shares) return;
      const [own, ghosts] = [shares[stand][kind], shares[stand === "mean" ? "learned" : "mean"][kind]].map(known);
      const most = roundUp(Math.max(0.05, ...own.map(Math.abs), ...ghosts.map(Math.abs)));
      rows.forEach(({ name, fill, ghost, text, node: row }, place) => {
        const at = (value) => 50 + (50 * value) / most;
        Object.assign(fill.style, { left: `${Math.min(50, at(own[place]))}%`, width: `${Math.abs(at(own[place]) - 50)}%` });
        fill.classList.toggle("fv-st-minus", own[place] < 0);
        ghost.style.left = `${at(ghosts[place])}%`;
        text.textContent = signedNumber(own[place]);
        row.setAttribute("aria-label", `${name} ${signedNumber(own[place])}, with the other stand-in ${signedNumber(ghosts[place])}`);
      });
      sum.textContent = `Voice + face = both − none ≈ ${signedNumber(own[0] + own[1])}; half of “only together” is in each. Thin marks: stand-in ${stand === "mean" ? "learned" : "mean"}.`;
    },
  };
}
