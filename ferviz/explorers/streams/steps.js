// Two streams: factorised bilinear pooling, step by step, with its numbers; and what other fusions add.

/** The product of two projected vectors, its sums of k, the signed root, and length 1. */
function stepPanel(stage, film) {
  let [own, hoveredSum, factor] = [0, null, null];  // the sum of the example; that of the clip is state
  const example = () => stage.state.numbers === "example";
  const ROWS = [["audio", "Ũᵀa", "voice, projected"], ["video", "Ṽᵀv", "face, projected"], ["product", "∘", "product"],
    ["pooled", "z", "sums of k"], ["root", "±√|z|", "signed root"], ["fused", "z / ‖z‖", "length 1"]];
  const whose = choice("Whose numbers", ["this clip", "worked example"], (word) => {
    [own, hoveredSum, factor] = [0, null, null];
    film.tell({ numbers: word === "this clip" ? "clip" : "example" });
  });
  const intro = el("p.note.keep.aside");
  const lanes = ROWS.map(([key, symbol, hint]) => {
    const value = el("span.it-value");
    const canvas = stage.canvas({ label: `${symbol}: ${hint}`, aspect: "auto", paint: (context, width, height) => data() && paint(context, width, height, key) });
    canvas.classList.add("fv-it-scrub");
    canvas.addEventListener("pointermove", (event) => data() && point(event, canvas, key));
    canvas.addEventListener("pointerdown", () => data() && keep());
    canvas.addEventListener("pointerleave", () => {
      [hoveredSum, factor] = [null, null];
      stage.repaint();
    });
    return { key, value, canvas, node: el("div.it-row.st-step", {}, el("div.it-name", {}, el("b", { text: symbol }), " ", value, el("span.it-hint", { text: hint })), canvas) };
  });
  const formula = el("p.note.keep.st-formula", { role: "status" });
  const other = el("p.note.keep");
  const chart = el("div.st-added");
  const body = el("div", {}, ...lanes.map((one) => one.node), formula);
  const node = el("div.panel.st-fusion", {}, el("div.choice", { "data-tool": "" }, whose.node), intro, body, other, chart);

  const data = () => (film.ready() ? (example() ? film.sheet.example : film.view.steps) : null);
  const sum = () => (example() ? own : stage.state.sum);
  const chosen = () => Math.min(hoveredSum ?? sum(), data().pooled.length - 1);
  const look = (place) => {
    if (example()) own = place;
    else if (place !== sum()) film.tell({ sum: place });
    stage.repaint();
  };
  const keep = () => {
    look(chosen());
    stage.root.focus({ preventScroll: true });
  };

  function point(event, canvas, key) {
    const box = canvas.getBoundingClientRect();
    const { factors, pooled } = data();
    const share = clamp((event.clientX - box.left) / box.width, 0, 0.9999);
    const wide = !["pooled", "root", "fused"].includes(key);
    factor = wide ? Math.floor(share * factors * pooled.length) : null;
    hoveredSum = wide ? Math.floor(factor / factors) : Math.floor(share * pooled.length);
    stage.repaint();
  }

  function paint(context, width, height, key) {
    const { colours } = stage;
    const { factors } = data();
    const values = data()[key];
    const each = width / values.length;
    const many = values.length === data().product.length && key !== "pooled";
    const most = roundUp(Math.max(1e-6, ...values.map(Math.abs)));
    const up = (value) => height / 2 - (value / most) * (height / 2 - 1);
    const own = (at) => (many ? Math.floor(at / factors) : at) === chosen();
    context.globalAlpha = 0.12;
    context.fillStyle = colours.ink;
    context.fillRect((chosen() * width) / data().pooled.length, 0, width / data().pooled.length, height);
    context.globalAlpha = 1;
    values.forEach((value, at) => {
      const strong = own(at) && (factor === null || !many || at === factor);
      context.globalAlpha = strong ? 1 : 0.5;
      context.fillStyle = css(colours.dark ? (value < 0 ? MINUS : PLUS).map((part) => Math.round(part + 0.35 * (255 - part))) : value < 0 ? MINUS : PLUS);
      context.fillRect(at * each + Math.min(2, each * 0.1), Math.min(up(0), up(value)), Math.max(1, each - 2 * Math.min(2, each * 0.1)), Math.max(1, Math.abs(up(value) - up(0))));
    });
    context.globalAlpha = 1;
    level(context, { end: width }, up(0), colours, "", []);
    if (each > 46) values.forEach((value, at) => numbered(context, value, (at + 0.5) * each, height / 2, colours));
    else ends(context, width, height, `+${short(most)}`, `−${short(most)}`, colours);
  }

  function numbered(context, value, x, y, colours) {
    const text = plain(value);
    context.font = `600 ${colours.size}px ${colours.font}`;
    const room = context.measureText(text).width + 8;
    context.globalAlpha = 0.85;
    context.fillStyle = colours.paper;
    context.fillRect(x - room / 2, y - 0.7 * colours.size, room, 1.4 * colours.size);
    context.globalAlpha = 1;
    [context.fillStyle, context.textAlign, context.textBaseline] = [colours.ink, "center", "middle"];
    context.fillText(text, x, y);
  }

  const plain = (value) => String(Number(value.toPrecision(3))).replace("-", "−");
  const braced = (value) => (value < 0 ? `(${plain(value)})` : plain(value));

  function say() {
    const { audio, video, product, pooled, root, fused, factors } = data();
    const at = chosen();
    const pairs = Array.from({ length: factors }, (_, place) => at * factors + place);
    const length = Math.sqrt(root.reduce((all, value) => all + value * value, 0));
    const told = factor === null ? "" : `Pair ${factor}: ${plain(audio[factor])} · ${braced(video[factor])} = ${plain(product[factor])}. `;
    formula.textContent = `${told}z${lowered(at)} = ${pairs.map((place) => `${(place % factors ? braced : plain)(audio[place])} · ${braced(video[place])}`).join(" + ")} = ${plain(pooled[at])}; signed root ${plain(root[at])}; over the length ${plain(length)}: ${plain(fused[at])}.`;
    lanes.forEach(({ key, value }) => {
      const values = data()[key];
      const wide = ["audio", "video", "product"].includes(key);
      value.textContent = wide ? (factor === null ? "" : plain(values[factor])) : plain(values[at]);
    });
  }

  return {
    node,
    open: () => !node.hidden,
    step: (by) => {
      if (!data()) return;
      [hoveredSum, factor] = [null, null];
      look(clamp(sum() + by, 0, data().pooled.length - 1));
    },
    /** To another product of the sum; beyond the ends none is pointed at. */
    pair(by) {
      if (!data()) return;
      const { factors } = data();
      const place = factor === null ? (by > 0 ? 0 : factors - 1) : (factor % factors) + by;
      const at = chosen();
      hoveredSum = null;
      factor = place >= 0 && place < factors ? at * factors + place : null;
      look(at);
    },
    draw() {
      if (node.hidden) return;
      const { kind, network } = film.sheet;
      whose.draw(example() ? "worked example" : "this clip");
      body.hidden = !data();
      chart.hidden = Boolean(data());
      other.hidden = Boolean(data());
      intro.textContent = example() ? "a = (1, 2), v = (0.5, −1, 2), k = 2, o = 2. Ũ has the rows (2, 0, 0.5, −1) and (0, 1, 1, 1); Ṽ has (1, 0.5, 0, 1), (0, 1, −1, 0.5) and (0.5, 0, 1, 1). Small enough to be done by hand."
        : `Each z is a whole bilinear form aᵀWv whose W has rank k: k products, summed. Point at a bar to see which pairs multiply${film.view.shares ? "" : "; a stand-in takes the place of what is missing"}.`;
      if (data()) say();
      else joined(kind, network);
    },
  };

  /** What another fusion adds: exactly, so that there is no step to show. */
  function joined(kind, network) {
    const { added, label } = film.view;
    const at = film.sheet.labels.indexOf(label);
    const what = kind === "mean" ? "the probability" : kind === "concatenation" ? "the logit (the bias is the rest)" : "the logit, before it is normalised";
    other.textContent = `${network} joins its streams by ${kind}, where no two vectors are multiplied: what each adds to ${what} of ${label} is exact. Voice ${signedNumber(added[0][at])}, face ${signedNumber(added[1][at])}.`;
    chart.replaceChildren();
  }
}
