// LBP stepper, second half: the table, the rows of kinds, and the stage. What the kernel sends: the gray picture with a
// margin, the codes, the used bins and the circle's geometry; stepping from pixel to pixel happens here.

/** The steps as a table: one column for each neighbour. Cells are made again only when P changes. */
function steps(choose) {
  const names = ["neighbour", "value", "≥ centre?", "bit", "weight", "bit × weight"];
  const node = el("table.lbp-steps", { "aria-label": "From neighbours to code" });
  let rows = [];
  const build = (points) => {
    node.dataset.points = String(points);
    rows = names.map((name, line) => {
      const head = el("th", { text: name, scope: "row" });
      const cells = Array.from({ length: points }, (_, place) => {
        const cell = line ? el("td") : el("th", { scope: "col" });
        cell.onpointerenter = () => choose(place);
        return cell;
      });
      return { head, cells, row: el("tr", {}, head, ...cells) };
    });
    node.replaceChildren(...rows.map(({ row }) => row));
    node.onpointerleave = () => choose(null);
  };
  const set = (step, chosen) => {
    if (!rows.length || rows[0].cells.length !== step.bits.length) build(step.bits.length);
    rows[2].head.textContent = `≥ ${level(step.centre)}?`;
    step.neighbours.forEach((neighbour, place) => {
      const adds = neighbour.bit * neighbour.weight;
      const texts = [place + 1, level(neighbour.value), neighbour.bit ? "yes" : "no", neighbour.bit, neighbour.weight, adds];
      texts.forEach((text, line) => {
        const cell = rows[line].cells[place];
        cell.textContent = text;
        cell.className = `${neighbour.bit ? "fv-lbp-one" : "fv-lbp-zero"} ${place === chosen ? "fv-chosen" : ""}`;
      });
      rows[1].cells[place].classList.toggle("fv-lbp-mixed", neighbour.pixels.length > 1);
    });
  };
  return { node, set };
}

/** How far each kind's histogram has moved, and how many codes differ; a press chooses the kind. */
function kindRows(stage) {
  const heads = el("div.row.heads", {}, ...["kind", "", "distance", "changed"].map((text) => el("span", { text })));
  const node = el("div.bars.lbp-kinds", { role: "group", "aria-label": "Distance of each kind's histogram from the unchanged picture" });
  let rows = [];
  const set = (data) => {
    if (!rows.length) {
      rows = data.kinds.map((kind, place) => {
        const [fill, far, changed] = [el("span.fill"), el("span.now"), el("span.before")];
        const row = el("button.row", { type: "button", onclick: () => stage.ask({ kind }) },
          el("span.label", { text: data.names[place] }), el("span.track", {}, fill), far, changed);
        return { kind, row, fill, far, changed };
      });
      node.replaceChildren(heads, ...rows.map(({ row }) => row));
    }
    rows.forEach(({ kind, row, fill, far, changed }, place) => {
      const [apart, differ] = [data.distances[place], data.changed[place]];
      fill.style.width = `${100 * apart}%`;
      far.textContent = apart.toFixed(2);
      changed.textContent = differ === null ? "–" : percent(differ);
      row.classList.toggle("fv-chosen", kind === data.kind);
      row.setAttribute("aria-pressed", String(kind === data.kind));
      row.setAttribute("aria-label", `${data.names[place]}: distance ${apart.toFixed(2)}, ${differ === null ? "" : `${percent(differ)} of codes changed`}`);
    });
  };
  return { node, set };
}

const TONE = ["brightness", "contrast", "gamma", "rotation", "eight_bit"];  // fields that change the picture
const UNTOUCHED = "0,1,1,0,true";

/** "neighbour 2 = 0.207 × 117 + …": where an interpolated value comes from. */
function sourceText(step, chosen) {
  if (chosen === null) return "Point at a column to see which pixels its neighbour is read from.";
  const { pixels, value } = step.neighbours[chosen];
  if (pixels.length === 1) return `Neighbour ${chosen + 1} lies on a pixel: ${level(value)}.`;
  const sum = pixels.map((pixel) => `${number(pixel.weight, 3)} × ${level(pixel.value)}`).join(" + ");
  return `Neighbour ${chosen + 1} lies between pixels: ${sum} = ${level(value)}.`;
}

export default explorer((stage) => {
  let data = null;
  let what = "";
  let hover = null;
  let chosen = null;
  let step = null;
  let images = {};

  const block = (title, node, note) => el("figure.lbp-panel", {}, el("figcaption", {}, el("b", { text: title }), note), node);
  const note = { grey: el("span.lbp-note"), codes: el("span.lbp-note"), ring: el("span.lbp-note"), bars: el("span.lbp-note"), kinds: el("span.lbp-note") };
  const refresh = () => {
    if (!data) return;
    const here = hover ?? stage.state;
    step = explain(data, here.row, here.column);
    chosen = chosen === null ? null : Math.min(chosen, step.bits.length - 1);
    table.set(step, chosen);
    write();
    stage.repaint();
  };
  const choose = (place) => {
    chosen = place;
    refresh();
  };
  const pick = (image) => (context, width) => data && paintPicture(context, width, { image: images[image], size: data.size, radius: data.radius, here: step, colours: stage.colours });
  const pictures = {
    grey: stage.canvas({ label: "The gray picture", paint: pick("grey") }),
    codes: stage.canvas({ label: "The codes as a picture", paint: pick("codes") }),
  };
  const ring = stage.canvas({ label: "The neighbourhood of the pixel", paint: (context, width) => data && paintNeighbourhood(context, width, { data, step, chosen, colours: stage.colours }) });
  const histogram = stage.canvas({ label: "Histogram of the codes", aspect: 2.5, paint: (context, width, height) => data && paintHistogram(context, width, height, { data, step, colours: { ...stage.colours, bar: stage.colours.dark ? "#6aaee0" : "#2f6fa8" }, line: 0.88 * parseFloat(getComputedStyle(stage.root).fontSize) }) });
  const table = steps(choose);
  const kinds = kindRows(stage);
  const source = el("p.lbp-source");
  const result = el("p.lbp-result", { role: "status" });

  const write = () => {
    note.grey.textContent = `row ${step.row}, column ${step.column}`;
    note.codes.textContent = `code ${step.code}${step.code === data.other ? ": the others" : ""}`;
    note.ring.textContent = data.kind === "original" ? "clockwise from top left" : `R = ${data.radius}, P = ${data.circle.length}`;
    source.textContent = sourceText(step, chosen);
    const adds = step.neighbours.filter((neighbour) => neighbour.bit).map((neighbour) => neighbour.weight).join(" + ") || "0";
    result.replaceChildren(el("span", { text: `${adds} = ` }), el("b", { text: step.plain }), el("span.lbp-why", { text: because(data.kind, step) }), el("b.lbp-code-now", { text: `code ${step.code}` }));
    Object.assign(result.dataset, { row: step.row, column: step.column, plain: step.plain, changes: step.changes, code: step.code, bits: step.bits.join(""), values: step.neighbours.map(({ value }) => value).join(" ") });
  };
  const pointed = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = (share) => clamp(Math.floor(share * data.size), 0, data.size - 1);
    return { row: at((event.clientY - box.top) / box.height), column: at((event.clientX - box.left) / box.width) };
  };
  for (const node of Object.values(pictures)) {
    node.onpointermove = (event) => { if (data) { hover = pointed(event); refresh(); } };
    node.onpointerleave = () => { hover = null; refresh(); };
    node.onpointerdown = (event) => { if (data) { stage.ask(pointed(event)); hover = null; show(0); refresh(); stage.root.focus({ preventScroll: true }); } };
  }
  const move = (rows, columns) => (event) => {
    const far = event.shiftKey ? 8 : 1;
    hover = null;
    show(0);
    stage.ask({ row: clamp(stage.state.row + rows * far, 0, data.size - 1), column: clamp(stage.state.column + columns * far, 0, data.size - 1) });
    refresh();
  };
  const turn = (by) => () => {
    show(0);
    choose(((chosen ?? (by > 0 ? -1 : 0)) + by + step.bits.length) % step.bits.length);
  };

  const panels = [
    el("div.panel", {}, el("div.lbp-scroll", { tabindex: "0", "aria-label": "Steps, scrolls sideways" }, table.node), source, result),
    el("div.panel", {}, el("div.lbp-duo", {}, block("Histogram", histogram, note.bars), block("Distance, kind by kind", kinds.node, note.kinds))),
  ];
  const views = tabs(["Steps to the code", "What the change did"], panels, "Views");
  /** A hand on the tone sees what it did; a hand on a pixel sees its steps. */
  const show = (place) => panels[place].hidden && views.children[place].click();

  stage.body.append(
    el("div.lbp-trio", {}, block("Picture", pictures.grey, note.grey), block("Codes", pictures.codes, note.codes), block("Neighbourhood", ring, note.ring)),
    views, ...panels,
  );

  return {
    picture(picture) { what = picture.what; },
    answer(answer) {
      const arrays = Object.fromEntries(["grey", "codes", "used", "counts", "before"].map((name) => [name, floats(answer[name])]));
      const values = answer.values.byteLength ? floats(answer.values) : null;
      const rank = values ? (code) => values.indexOf(code) : (code) => code;
      const tone = TONE.map((field) => answer.state[field]).join();
      if (tone !== (data ? data.tone : UNTOUCHED)) show(1);
      data = { ...answer, ...arrays, tone, values, rank, kind: answer.state.kind };
      const side = data.size + 2 * data.margin;
      const shade = (code) => (255 * rank(code)) / Math.max(1, data.possible - (data.other >= 0 ? 2 : 1));
      images = {
        grey: pixelPicture(data.size, (place) => {
          const grey = data.grey[(Math.floor(place / data.size) + data.margin) * side + (place % data.size) + data.margin];
          return [grey, grey, grey];
        }),
        codes: pixelPicture(data.size, (place) => (data.codes[place] === data.other ? OTHER : Array(3).fill(shade(data.codes[place])))),
      };
      const still = data.untouched ? "" : ", thin marks: the unchanged picture";
      note.bars.textContent = `share of pixels inside the circle${still}`;
      note.kinds.textContent = data.clipped ? `${percent(data.clipped)} of the pixels clip` : "no pixel clips";
      kinds.set(data);
      refresh();
      pictures.grey.setAttribute("aria-label", `Gray picture of ${answer.state.picture === "face" ? what || "the sample" : `the texture ${answer.state.picture}`}, ${data.size} by ${data.size} pixels`);
      for (const node of [pictures.codes, ring, histogram]) node.setAttribute("aria-label", answer.text);
    },
    draw: () => stage.state.row !== undefined && !hover && step && (step.row !== stage.state.row || step.column !== stage.state.column) && refresh(),
    keys: {
      ArrowLeft: move(0, -1), ArrowRight: move(0, 1), ArrowUp: move(-1, 0), ArrowDown: move(1, 0),
      ",": turn(-1), ".": turn(1), Escape: () => choose(null),
    },
  };
});
