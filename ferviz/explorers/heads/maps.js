// Heads: what of the face moves each head, on one scale for all; and the map of one number of the feature.

/** A face in gray with a map over it; `spread()` gives it, or null, and `scale()` what its colours mean. */
function spreadCanvas(stage, heads, { label, spread, scale, empty }) {
  const of = () => (heads.ready() ? [heads.grey, spread(), scale().limit, empty()] : []);
  const canvas = stage.canvas({ label, of, paint: (context, width, height) => {
    if (!heads.ready()) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(heads.grey, 0, 0, width, height);
    const found = spread();
    if (found && !found.flat) {
      context.globalAlpha = 0.78;
      context.drawImage(heatImage(found.values, heads.sheet.side, scale(), stage.colours.dark), 0, 0, width, height);
      context.globalAlpha = 1;
      return;
    }
    context.globalAlpha = 0.82;
    context.fillStyle = stage.colours.paper;
    context.fillRect(0, 0, width, height);
    context.globalAlpha = 1;
    context.fillStyle = stage.colours.ink;
    [context.textAlign, context.textBaseline] = ["center", "middle"];
    context.font = `${0.93 * stage.colours.size}px ${stage.colours.font}`;
    wrap(context, found ? "flat" : empty(), width / 2, height / 2, width * 0.86);
  } });
  canvas.classList.add("fv-hd-spread");
  return canvas;
}

/** The end of a scale that holds nearly all of some maps: single pixels may exceed it, and the bar says so. */
function limitOf(spreads) {
  const sizes = spreads.flatMap((one) => [...one.values].map(Math.abs)).sort((a, b) => a - b);
  return sizes.length ? roundUp(Math.max(1e-9, sizes[Math.floor(0.995 * (sizes.length - 1))])) : 1;
}

/** Four faces: emotion, age, gender, ethnicity. */
function mapsPanel(stage, heads) {
  const NAMES = ["emotion", "age", "gender", "ethnicity"];
  let limit = 1;
  const scale = () => ({ signed: true, limit, digits: 0 });
  const shown = () => Object.values(heads.view.maps ?? {}).filter((one) => !one.flat);
  const waiting = () => (heads.fixed ? "Not worked out before this page was saved." : "Worked out when the hand rests …");
  const figures = NAMES.map((name) => {
    const spread = () => heads.view.maps?.[name] ?? null;
    const empty = () => (name in heads.view.told ? waiting() : "No answer for this picture.");
    const canvas = spreadCanvas(stage, heads, { label: `What of the face moves the head of ${name}`, spread, scale, empty });
    const of = el("span.it-quiet");
    return { name, canvas, of, empty, node: el("figure.hd-figure", {}, el("figcaption", {}, el("b", { text: name }), of), canvas) };
  });
  const bar = stage.canvas({ label: "Colour bar of all four maps", aspect: "auto", of: () => [heads.ready() && heads.view.maps, limit], paint: (c, w, h) => heads.ready() && heads.view.maps && colourbar(c, w, h, { scale: scale(), values: shown().flatMap((one) => [...one.values]), colours: stage.colours }) });
  bar.classList.add("fv-hd-bar");
  const said = el("p.note");
  const node = el("div.panel", {}, el("div.hd-four", {}, ...figures.map((one) => one.node)),
    el("div.hd-scale", {}, el("span.it-quiet", { text: "× each map's own mean size; orange raises" }), bar), said,
    el("p.note.help", { text: "Integrated gradients over the face's pixels, held against the face blurred. Each map is divided by the mean size of its values, so that years and logits share one scale: 1 is what a pixel would have if all had alike. ± is how far the steps' sum stays from what the face and the blurred one differ by. For age it is the mean over all 100 years: what is read out of the two most probable jumps, and no slope tells it." }));
  const left = () => NAMES.filter((name) => name in heads.view.told && !heads.view.maps?.[name]).length;
  const ask = whenRested(stage, heads, () => left() && stage.act("maps"), left);
  const changed = news();
  return {
    node,
    draw() {
      if (node.hidden) return;
      ask();
      if (!changed(heads.view, heads.sheet)) return;
      limit = limitOf(shown());
      for (const { name, canvas, of, empty } of figures) {
        const found = heads.view.maps?.[name];
        const unit = !(name in heads.view.told) ? "" : name === "age" ? "its mean" : name === "gender" ? "its logit" : heads.view.told[name];
        of.textContent = unit;
        canvas.setAttribute("aria-label", `What of the face moves the head of ${name}: ${found ? `${unit}, ${found.flat ? "flat" : `adds up to ${number(found.total)}`}` : empty()}`);
      }
      said.textContent = heads.view.words.maps;
    },
  };
}
