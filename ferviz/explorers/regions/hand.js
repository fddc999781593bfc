// Regions: what a hand does to boxes and covers. It is worked out here and wished for; the kernel answers anew.

const DIGITS = 1e4;
const rounded = (box) => box.map((edge) => Math.round(edge * DIGITS) / DIGITS);

/** Everything a person can change; `face` is read, never written. */
function regionHand(stage, face) {
  const weights = itemsHand(stage, face);
  const crops = () => face.boxes().slice(1).filter((box) => box.every(Number.isFinite));
  const may = () => face.ready() && !face.fixed;
  /** Another number of boxes: what was moved before no longer fits them. */
  const arrange = (boxes, region) => {
    face.start(region);
    stage.ask({ boxes: boxes.map(rounded), ...face.here(region), dropped: [], values: null });
  };

  /** A box with this shape, kept inside the face and large enough. */
  function fitted([left, top, right, bottom]) {
    const { least } = face.sheet.ends;
    const [wide, tall] = [clamp(right - left, least, 1), clamp(bottom - top, least, 1)];
    const [x, y] = [clamp(left, 0, 1 - wide), clamp(top, 0, 1 - tall)];
    return [x, y, x + wide, y + tall];
  }

  function put(place, box) {
    if (!may() || place < 1 || face.single()) return;
    const all = face.boxes().slice(1);
    if (all.some((one) => !one.every(Number.isFinite))) {  // those that are not there cannot be boxes of one's own
      const before = all.slice(0, place - 1).filter((one) => one.every(Number.isFinite)).length;
      const kept = crops();
      kept[before] = fitted(box);
      arrange(kept, before + 1);
      return;
    }
    all[place - 1] = fitted(box);
    stage.ask({ boxes: all.map(rounded), ...face.here(place) });
  }

  const cover = (kind) => {
    if (!may()) return;
    const [x, y, size] = face.sheet.covers[kind] ?? [0.5, 0.5, 0.5];
    stage.ask({ cover: kind, ...(kind ? { cover_x: x, cover_y: y, cover_size: size } : {}) });
  };

  return {
    ...weights,
    put,
    cover,
    lay(x, y) {
      if (may()) stage.ask({ cover_x: Math.round(clamp(x, 0, 1) * DIGITS) / DIGITS, cover_y: Math.round(clamp(y, 0, 1) * DIGITS) / DIGITS });
    },
    widen(by) {
      const [low, high] = face.sheet.ends.size;
      if (may()) stage.ask({ cover_size: Math.round(clamp(stage.state.cover_size + by, low, high) * 100) / 100 });
    },
    next() {
      const kinds = ["", ...Object.keys(face.sheet.covers)];
      cover(kinds[(kinds.indexOf(stage.state.cover) + 1) % kinds.length]);
    },
    add() {
      const all = crops();
      if (!may() || face.single() || all.length >= face.sheet.ends.most) return;
      const shift = 0.05 * (all.length % 5);
      arrange([...all, [0.2 + shift, 0.2 + shift, 0.6 + shift, 0.6 + shift]], all.length + 1);
    },
    remove() {
      const at = face.at();
      if (!may() || face.single() || at < 1) return;
      const gone = face.boxes()[at];
      const all = crops().filter((box) => box !== gone);
      arrange(all, Math.min(at, all.length));
    },
    reset() {
      if (may()) stage.ask({ boxes: null, dropped: [], values: null, cover: "", squash: "", region: 0 });
    },
  };
}

/** The tools below the weights, and those of the cover below the face. */
function regionTools(stage, face, hand) {
  const tool = (text, title, onclick) => el("button.button", { type: "button", text, title, onclick });
  const drop = tool("Drop", "", hand.drop);
  const add = tool("Add a box", "Another box (n)", hand.add);
  const remove = tool("Delete", "Take this box away (Delete)", hand.remove);
  const reset = tool("Reset", "The scheme's boxes, no cover, the network's own weights (Escape)", hand.reset);
  const moves = choice("What up and down and the hand move", ["weight", "μ"], (what) => stage.ask({ moves: what === "μ" ? "alpha" : "weight", values: null }));
  const arrows = el("span.rg-arrows.aside", { title: "What the arrow keys up and down move" }, el("span.it-quiet", { text: "↑↓" }), moves.node);
  const node = el("div.choice.it-tools", { role: "group", "aria-label": "Tools" }, drop, add, remove, reset, arrows);
  const kinds = { "no cover": "", hand: "hand", mask: "mask", sunglasses: "sunglasses", patch: "patch" };
  const covers = choice("Cover", Object.keys(kinds), (word) => hand.cover(kinds[word]));
  const size = dial({ name: "its size", ends: [0.1, 1.2], step: 0.01, show: (value) => `${Math.round(100 * value)} %`, read: () => stage.state.cover_size, write: (value) => stage.ask({ cover_size: value }) });
  const below = el("div.rg-cover", { "data-tool": "" }, covers.node, size.node);
  return {
    node,
    below,
    fit() { node.hidden = below.hidden = face.fixed; },
    draw() {
      const { dropped, values, boxes, cover, squash } = stage.state;
      const single = face.single();
      hand.offer(drop, "Give this region no weight (x)");
      add.disabled = single || face.count() > face.sheet.ends.most;
      remove.disabled = single || face.at() < 1;
      reset.disabled = !boxes && !dropped?.length && !values && !cover && !squash;
      moves.draw(stage.state.moves === "alpha" ? "μ" : "weight");
      arrows.hidden = !face.learned();
      covers.draw(cover || "no cover");
      size.node.classList.toggle("fv-idle", !cover);
      size.node.querySelector("input").disabled = !cover;
      size.draw();
    },
  };
}
