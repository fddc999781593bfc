// Regions: the RB-loss as an inequality. The largest crop should outweigh the face by a margin.

/** Bars of the face's μ and of the largest crop's, the margin between them, and what is missing. */
function marginPanel(stage, face) {
  const slider = dial({ name: "Margin", ends: [0, 0.5], step: 0.01, show: fixed(2), read: () => stage.state.margin, write: (margin) => {
    if (!face.fixed) stage.ask({ margin });
    else {
      Object.assign(stage.state, { margin });
      stage.repaint();
    }
  } });
  const canvas = stage.canvas({ label: "The RB-loss as an inequality", aspect: "auto", paint });
  canvas.classList.add("fv-rg-bars");
  const formula = el("p.note.keep.rg-formula");
  const note = el("p.note.keep", { text: "The loss asks in training that one crop outweighs the whole face by the margin. Moving the slider changes no weight here: the network is trained." });
  const node = el("div.panel.rg-margin", {}, canvas, slider.node, formula, note);

  function told() {
    const [own, place] = [face.view.rows.alpha, face.view.largest];
    return { whole: own[0], crop: own[place], place, missing: face.view.loss === null ? null : Math.max(0, stage.state.margin - (own[place] - own[0])) };
  }

  function paint(context, width, height) {
    if (!face.ready()) return;
    const { whole, crop, place, missing } = told();
    if (missing === null) return;
    const { colours } = stage;
    const room = 8.6 * colours.size;
    const most = roundUp(1.1 * Math.max(whole + stage.state.margin, crop));
    const across = (value) => room + (value / most) * (width - room - 9 * colours.size);
    const tall = 1.5 * colours.size;
    const [first, second] = [0.5 * colours.size, 0.5 * colours.size + 1.5 * tall];
    context.font = `${0.93 * colours.size}px ${colours.font}`;
    context.textBaseline = "middle";
    const bar = (top, from, to, fill) => {
      context.fillStyle = fill;
      context.fillRect(across(from), top, Math.max(1, across(to) - across(from)), tall);
    };
    const words = (text, x, y, align) => {
      context.fillStyle = colours.ink;
      context.textAlign = align;
      context.fillText(text, x, y);
    };
    bar(first, 0, whole, css(mixed(stage)));
    words("μ of the face", room - 8, first + tall / 2, "right");
    words(`${number(whole, 3)} + ${number(stage.state.margin)}`, across(whole + stage.state.margin) + 6, first + tall / 2, "left");
    context.strokeStyle = colours.accent;
    context.lineWidth = 1.5;
    context.setLineDash([4, 3]);
    context.strokeRect(across(whole), first + 0.75, across(whole + stage.state.margin) - across(whole), tall - 1.5);
    context.beginPath();
    context.moveTo(across(whole + stage.state.margin), first);
    context.lineTo(across(whole + stage.state.margin), second + tall);
    context.stroke();
    context.setLineDash([]);
    bar(second, 0, crop, colours.bar);
    words(`largest crop (${place})`, room - 8, second + tall / 2, "right");
    if (missing > 0) bar(second, crop, crop + missing, colours.accent);
    const lacks = missing > 0 ? `, lacks ${number(missing, 3)}` : "";
    words(`${number(crop, 3)}${lacks}`, Math.max(across(crop), across(whole + stage.state.margin)) + 6, second + tall / 2, "left");
  }

  return {
    node,
    draw() {
      slider.draw();
      const { whole, crop, missing } = told();
      slider.node.hidden = missing === null;
      canvas.hidden = missing === null;
      formula.textContent = missing === null ? face.view.words.loss
        : `L = max(0, margin − (largest crop − face)) = max(0, ${number(stage.state.margin)} − (${number(crop, 3)} − ${number(whole, 3)})) = ${number(missing, 3)}${missing > 0 ? "" : ": the inequality holds"}.`;
      canvas.setAttribute("aria-label", `The RB-loss as an inequality. ${formula.textContent}`);
    },
  };
}
